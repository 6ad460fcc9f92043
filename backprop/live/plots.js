// Two small plots: the cost along the chosen parameter with its tangent, and the cost over the last updates.
import { curve } from "./network.js";
import { put, s, say } from "./dom.js";
import { exact, letter, small } from "./format.js";

const EDGE = { left: 14, right: 14, top: 22, bottom: 24 };

const across = (v, [low, high], width) => EDGE.left + ((v - low) / (high - low)) * (width - EDGE.left - EDGE.right);
const up = (v, [low, high], height) => height - EDGE.bottom - ((v - low) / (high - low || 1)) * (height - EDGE.top - EDGE.bottom);
const line = (points) => "M" + points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");

function span(values) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}

export function frame(label, height) {
  const parts = {
    axis: s("line", { class: "bp-axis", x1: EDGE.left, y1: height - EDGE.bottom, y2: height - EDGE.bottom }),
    ticks: s("g", { class: "bp-ticks" }),
    line: s("path", { class: "bp-curve" }),
    tangent: s("path", { class: "bp-tangent" }),
    dot: s("circle", { class: "bp-dot", r: 5.5 }),
    note: s("text", { class: "bp-slope" }),
    top: s("text", { class: "bp-tick", x: EDGE.left, y: 13 }),
  };
  const el = s("svg", { class: "bp-plot", height, role: "img", "aria-label": label }, ...Object.values(parts));
  return { el, height, width: 400, ...parts };
}

// The plot takes the width it has; asked only when the page was resized, since asking costs a layout.
export function fit(plot) {
  plot.width = Math.max(200, plot.el.clientWidth || 400);
  put(plot.axis, { x2: plot.width - EDGE.right });
}

function ticks(plot, values, range, text) {
  while (plot.ticks.children.length < values.length) plot.ticks.append(s("text", { class: "bp-tick", y: plot.height - 6 }));
  [...plot.ticks.children].forEach((tick, n) => {
    say(tick, n < values.length ? text(values[n]) : "");
    if (n < values.length) put(tick, { x: across(values[n], range, plot.width).toFixed(1) });
  });
}

// The tangent through the point, cut to one length on the page however steep it is.
function drawTangent(plot, [x, y], slope, range, high) {
  const [dx, dy] = [across(1, range, plot.width) - across(0, range, plot.width), slope * (up(1, high, plot.height) - up(0, high, plot.height))];
  const cut = 62 / Math.hypot(dx, dy);
  put(plot.tangent, { d: line([[x - dx * cut, y - dy * cut], [x + dx * cut, y + dy * cut]]) });
  return Array.from({ length: 17 }, (_, n) => n / 8 - 1).map((t) => [x + t * dx * cut, y + t * dy * cut]);
}

// A place for words of this width near the point: the nearest that the curve and the tangent leave free.
function freePlace(plot, [x, y], points, width) {
  const places = [-14, 22, -32, 38, -50, -70].flatMap((dy) => [12, -12 - width, -width / 2].map((dx) => [x + dx, y + dy]));
  const inside = places.filter(([left, base]) => left > 2 && left + width < plot.width - 2 && base > 12 && base < plot.height - EDGE.bottom - 4);
  const under = (left) => points.filter(([px]) => px > left - 6 && px < left + width + 6);
  const clear = ([left, base]) => Math.min(...under(left).map(([, py]) => Math.abs(py - (base - 4))), 1e3);
  return inside.find((at) => clear(at) > 13) ?? inside[0] ?? places[0];
}

// value: where the parameter stands; range: what its slider covers; slope null before it was computed.
export function drawCurve(plot, state, { value, range, slope }) {
  const count = state.rows.length > 40 ? 41 : 81;
  const at = Array.from({ length: count }, (_, n) => range[0] + ((range[1] - range[0]) * n) / (count - 1));
  const C = curve(state, state.parameter, at);
  const high = span([...C, state.C]);
  const points = at.map((v, n) => [across(v, range, plot.width), up(C[n], high, plot.height)]).filter(([, y]) => Number.isFinite(y));
  const here = [across(value, range, plot.width), up(state.C, high, plot.height)];
  const shown = state.done.cost;
  put(plot.el, { "aria-label": describe(state, shown, slope) });
  put(plot.line, { d: shown ? line(points) : null });
  put(plot.dot, { cx: here[0].toFixed(1), cy: here[1].toFixed(1), visibility: shown ? null : "hidden" });
  ticks(plot, [range[0], range[0] / 2, 0, range[1] / 2, range[1]], range, (v) => String(v).replace("-", "−"));
  say(plot.top, shown ? `C ${exact(state.C)}` : "");
  put(plot.tangent, { visibility: slope === null ? "hidden" : null });
  say(plot.note, slope === null ? "" : `slope ${small(slope)}`);
  if (slope === null) return;
  const ends = drawTangent(plot, here, slope, range, high);
  const [left, base] = freePlace(plot, here, [...points, ...ends], 7.6 * plot.note.textContent.length);
  put(plot.note, { x: left.toFixed(1), y: base.toFixed(1) });
}

function describe(state, shown, slope) {
  const name = letter(state.parameter);
  if (!shown) return `C along ${name}: not computed yet`;
  return `C along ${name}: C = ${exact(state.C)} here${slope === null ? "" : `, slope ${small(slope)}`}`;
}

export function drawHistory(plot, costs, iteration) {
  const last = costs.length - 1;
  const some = last > 0;
  const [range, high] = [[0, Math.max(last, 1)], span(some ? costs : [0])];
  const points = some ? costs.map((C, n) => [across(n, range, plot.width), up(C, high, plot.height)]) : [];
  put(plot.line, { d: some ? line(points) : null });
  put(plot.dot, { visibility: some ? null : "hidden", ...(some ? { cx: points[last][0].toFixed(1), cy: points[last][1].toFixed(1) } : {}) });
  say(plot.top, some ? `C ${exact(costs[0])}` : "no update yet");
  say(plot.note, some ? `C ${exact(costs[last])}` : "");
  put(plot.note, { x: plot.width - EDGE.right, y: some ? Math.max(14, points[last][1] - 12).toFixed(1) : 0, "text-anchor": "end" });
  ticks(plot, some ? [0, last] : [], range, (n) => `${iteration - last + n}`);
  put(plot.el, { "aria-label": some ? `C over the last ${last} updates: from ${exact(costs[0])} to ${exact(costs[last])}` : "C over the last updates: no update yet" });
}
