// The network as a picture: units with a and δ, edges with w. Every unit and edge is a slider of its own for the keyboard.
import { costs, read, slope } from "./network.js";
import { h, mark, put, s, say } from "./dom.js";
import { focus, sizes } from "./steps.js";
import { given, parameterName, short, small } from "./format.js";

const same = (p, q) => p.length === q.length && p.every((v, n) => v === q[n]);
const rangeOf = (v) => Math.max(4, Math.ceil(2 * Math.abs(v)));

// Where everything stands, from the width there is and the shape of the net.
function layout(shape, width, asideWidth) {
  const tallest = Math.max(...shape);
  const roomy = tallest <= 2 && shape.length === 2 ? 36 : 28;
  const r = Math.max(14, Math.min(roomy, (width - asideWidth) / (shape.length - 1) / 3.6));
  const left = r + (width < 460 ? 6 : 26);
  const gap = (width - left - r - asideWidth) / (shape.length - 1);
  const pitch = 2 * r + 44;
  const place = (k, j) => [left + k * gap, 40 + ((tallest - shape[k]) / 2 + j) * pitch + r];
  return { width, height: 44 + tallest * pitch, r, place, labels: gap > 2 * r + 90, crowded: gap < 76 };
}

const bend = ([x0, y0], [x1, y1]) => `M${x0} ${y0}C${x0 + (x1 - x0) * 0.45} ${y0} ${x1 - (x1 - x0) * 0.45} ${y1} ${x1} ${y1}`;

function handle(act, parameter, kind, ...children) {
  return s("g", {
    class: `bp-${kind}`, role: "slider", tabindex: 0, "data-parameter": JSON.stringify(parameter),
    onfocus: () => act.choose(parameter), onpointerdown: () => act.choose(parameter),
  }, ...children);
}

function makeUnit(act, at, parameter, k, j) {
  const [cx, cy] = at.place(k, j);
  const unit = {
    k, j, parameter,
    disc: s("circle", { class: "bp-disc", cx, cy, r: at.r }),
    ring: s("circle", { class: "bp-ring", cx, cy, r: at.r - 3, pathLength: 100 }),
    a: s("text", { class: "bp-a", x: cx, y: cy }),
    delta: s("text", { class: "bp-delta", x: cx, y: cy + at.r + 14 }),
    bias: s("text", { class: "bp-bias", x: cx, y: cy + at.r + 29 }),
    aside: s("text", { class: "bp-aside", x: cx + at.r + 8, y: cy - 2 }),
    aside2: s("text", { class: "bp-aside bp-p", x: cx + at.r + 8, y: cy + 14 }),
  };
  put(unit.ring, { transform: `rotate(-90 ${cx} ${cy})` });
  unit.place = [cx, cy];
  unit.el = handle(act, parameter, "unit", unit.disc, unit.ring, unit.a, unit.delta, unit.bias, unit.aside, unit.aside2);
  return unit;
}

function makeEdge(act, at, k, i, j) {
  const [from, to] = [at.place(k - 1, i), at.place(k, j)];
  const ends = [[from[0] + at.r, from[1]], [to[0] - at.r, to[1]]];
  const path = bend(...ends);
  const middle = [(ends[0][0] + ends[1][0]) / 2, (from[1] + to[1]) / 2];
  const line = s("path", { class: "bp-line", d: path });
  const el = handle(act, ["W", k, i, j], "edge", s("path", { class: "bp-hit", d: path }), line);
  return { k, i, j, parameter: ["W", k, i, j], el, line, middle };
}

function makePill([x, y]) {
  const [box, first, second] = [s("rect", { rx: 11 }), s("text", { x }), s("text", { x, class: "bp-slope" })];
  const el = s("g", { class: "bp-pill", "aria-hidden": "true" }, box, first, second);
  const draw = (text, slopeText) => {
    const wide = 16 + 7.4 * Math.max(text.length, slopeText.length);
    put(box, { x: x - wide / 2, y: y - (slopeText ? 20 : 11), width: wide, height: slopeText ? 40 : 22 });
    put(first, { y: slopeText ? y - 8 : y });
    put(second, { y: y + 10 });
    say(first, text);
    say(second, slopeText);
  };
  return { el, draw };
}

// The room beside the output units: for "y" and the longest target, and for a probability.
function beside(state, width) {
  const longest = state.y.reduce((most, row) => Math.max(most, ...row.map((v) => given(v).length)), 1);
  return Math.max(costs[state.cost].answer ? 56 : width < 460 ? 36 : 52, 14 + 7 * (2 + longest));
}

function build(svg, act, state, width) {
  const shape = sizes(state.net);
  const at = layout(shape, width, beside(state, width));
  const units = shape.map((count, k) => Array.from({ length: count }, (_, j) => makeUnit(act, at, k ? ["b", k, j] : ["x", j], k, j)));
  const edges = state.net.map(({ W }, m) => W.flatMap((row, i) => row.map((_, j) => makeEdge(act, at, m + 1, i, j))));
  const pills = s("g", { class: "bp-pills" });
  const heads = shape.map((_, k) => s("text", { class: "bp-head", x: at.place(k, 0)[0], y: 18 }));
  heads.forEach((head, k) => say(head, heading(shape, k, at.crowded)));
  svg.replaceChildren(...heads, ...units.flatMap((column, k) => [...(edges[k - 1] ?? []), ...column].map(({ el }) => el)), pills);
  put(svg, { viewBox: `0 0 ${at.width} ${at.height}`, width: at.width, height: at.height });
  mark(svg, "bp-small", at.r < 20);
  mark(svg, "bp-large", at.r > 30);
  return { shape, at, units: units.flat(), edges: edges.flat(), pills, width };
}

function heading(shape, k, crowded) {
  if (k === 0) return crowded ? "in" : "input";
  if (k === shape.length - 1) return crowded ? "out" : "output";
  if (shape.length === 3) return "hidden";
  return crowded ? String(k) : `hidden ${k}`;
}

// What the lit term of the equation stands for: the unit that the step is about, and the edges that the term runs along.
function lit(state, term) {
  const here = focus(state);
  const chosen = { unit: (k, j) => same(state.parameter, k ? ["b", k, j] : ["x", state.rows[state.shown], j]), edge: (edge) => same(state.parameter, edge.parameter) };
  if (here === null) return chosen;
  const along = {
    sum: (edge) => edge.k === here.layer && edge.j === here.unit,
    back: (edge) => edge.k === here.layer + 1 && edge.i === here.unit,
  };
  return { unit: (k, j) => k === here.layer && j === here.unit, edge: along[term] ?? (() => false) };
}

function describe(shape, state, parameter) {
  const value = read(state, parameter);
  const known = state.done.gradients ? `, slope of the cost ${small(slope(state, parameter, state.shown))}` : "";
  const size = rangeOf(value);
  return { "aria-label": parameterName(shape, parameter), "aria-valuenow": Number(value.toPrecision(6)), "aria-valuemin": -size, "aria-valuemax": size, "aria-valuetext": short(value) + known };
}

function drawUnit(unit, state, shape, on) {
  const { k, j } = unit;
  const n = state.shown;
  const parameter = k ? unit.parameter : ["x", state.rows[n], j];
  const known = k <= state.done.forward;
  const a = k ? state.steps[k - 1].a_out[n][j] : state.x[state.rows[n]][j];
  const delta = k && state.done.delta(k) ? state.grads[k - 1].delta[n][j] : null;
  const chosen = same(parameter, state.parameter);
  const reach = known && k ? Math.min(Math.abs(a), 1) * 100 : 0;
  const arc = a < 0 ? `0 ${100 - reach} ${reach} 0` : `${reach} 100`; // a negative a runs the other way round
  put(unit.ring, { "stroke-dasharray": arc, visibility: reach ? null : "hidden" });
  mark(unit.ring, "bp-neg", a < 0);
  say(unit.a, known ? short(a) : "·");
  say(unit.delta, k === 0 ? "" : delta === null ? "δ ·" : `δ ${small(delta)}`);
  mark(unit.delta, "bp-wait", delta === null);
  say(unit.bias, k && (chosen || (on && state.step === "forward")) ? `b ${short(read(state, parameter))}${chosen && state.done.gradients ? `   ∂C/∂b ${small(slope(state, parameter))}` : ""}` : "");
  const output = k === state.L;
  const answer = costs[state.cost].answer;
  say(unit.aside, output ? `y ${given(state.y[state.rows[n]][j])}` : "");
  say(unit.aside2, output && answer && known ? `p ${short(answer(state.steps[k - 1].a_out[n])[j])}` : "");
  put(unit.el, describe(shape, state, parameter));
  mark(unit.el, "bp-chosen", chosen);
  mark(unit.el, "bp-lit", on);
}

function drawEdge(edge, state, shape, on, pill) {
  const w = read(state, edge.parameter);
  put(edge.line, { "stroke-width": (0.9 + 1.5 * Math.min(Math.abs(w), 2.2)).toFixed(2) });
  mark(edge.el, "bp-neg", w < 0);
  put(edge.el, describe(shape, state, edge.parameter));
  const chosen = same(edge.parameter, state.parameter);
  mark(edge.el, "bp-chosen", chosen);
  mark(edge.el, "bp-lit", on);
  pill?.draw(`w ${short(w)}`, chosen && state.done.gradients ? `∂C/∂w ${small(slope(state, edge.parameter))}` : "");
}

// act: choose(parameter). draw(state, the lit term) brings the picture up to date; the elements are made anew only for a new shape or width.
export function picture(act) {
  const svg = s("svg", { class: "bp-net", role: "group", "aria-label": "the network" });
  const el = h("div", { class: "bp-panel bp-picture" }, svg);
  let built = null;
  let pills = new Map();
  let width = 620;
  const fit = () => {
    width = Math.max(270, Math.min(900, Math.floor(el.clientWidth) || 620));
  };
  const pillOf = (edge) => {
    if (!pills.has(edge)) pills.set(edge, makePill(edge.middle));
    return pills.get(edge);
  };
  function draw(state, term) {
    const shape = sizes(state.net);
    if (!built || built.width !== width || !same(built.shape, shape)) {
      const focused = svg.contains(document.activeElement) ? document.activeElement.dataset.parameter : null;
      built = build(svg, act, state, width);
      pills = new Map();
      if (focused) [...svg.querySelectorAll("[data-parameter]")].find((g) => g.dataset.parameter === focused)?.focus();
    }
    const on = lit(state, term);
    const wanted = [];
    for (const edge of built.edges) {
      const show = built.at.labels && (on.edge(edge) || same(edge.parameter, state.parameter));
      drawEdge(edge, state, shape, on.edge(edge), show ? pillOf(edge) : null);
      if (show) wanted.push(pillOf(edge).el);
    }
    for (const unit of built.units) drawUnit(unit, state, shape, on.unit(unit.k, unit.j));
    if (wanted.length !== built.pills.children.length || wanted.some((g, n) => g !== built.pills.children[n])) built.pills.replaceChildren(...wanted);
  }
  return { el, draw, fit };
}
