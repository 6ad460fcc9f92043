// Two small plots: the cost along the chosen parameter with its tangent, and the cost over the last updates.
import { curve } from "./network.js";
import { put, s, say } from "./dom.js";
import { exact, letter, small } from "./format.js";

const WIDTH = 420;
const EDGE = { left: 14, right: 14, top: 22, bottom: 24 };

const across = (v, [low, high]) => EDGE.left + ((v - low) / (high - low)) * (WIDTH - EDGE.left - EDGE.right);
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
    axis: s("line", { class: "bp-axis", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: height - EDGE.bottom, y2: height - EDGE.bottom }),
    ticks: s("g", { class: "bp-ticks" }),
    line: s("path", { class: "bp-curve" }),
    tangent: s("path", { class: "bp-tangent" }),
    dot: s("circle", { class: "bp-dot", r: 5.5 }),
    note: s("text", { class: "bp-slope" }),
    top: s("text", { class: "bp-tick", x: EDGE.left, y: 13 }),
  };
  const el = s("svg", { class: "bp-plot", viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label }, ...Object.values(parts));
  return { el, height, ...parts };
}

function ticks(plot, values, range, text) {
  while (plot.ticks.children.length < values.length) plot.ticks.append(s("text", { class: "bp-tick", y: plot.height - 6 }));
  [...plot.ticks.children].forEach((tick, n) => {
    say(tick, n < values.length ? text(values[n]) : "");
    if (n < values.length) put(tick, { x: across(values[n], range).toFixed(1) });
  });
}

// The tangent through the point, cut to one length on the page however steep it is.
function drawTangent(plot, [x, y], slope, range, high) {
  const [dx, dy] = [across(1, range) - across(0, range), slope * (up(1, high, plot.height) - up(0, high, plot.height))];
  const cut = 62 / Math.hypot(dx, dy);
  put(plot.tangent, { d: line([[x - dx * cut, y - dy * cut], [x + dx * cut, y + dy * cut]]) });
}

// value: where the parameter stands; range: what its slider covers; slope null before it was computed.
export function drawCurve(plot, state, { value, range, slope }) {
  const count = state.rows.length > 40 ? 41 : 81;
  const at = Array.from({ length: count }, (_, n) => range[0] + ((range[1] - range[0]) * n) / (count - 1));
  const C = curve(state, state.parameter, at);
  const high = span([...C, state.C]);
  const [px, py] = [across(value, range), up(state.C, high, plot.height)];
  const shown = state.done.cost;
  put(plot.el, { "aria-label": shown ? `C along ${letter(state.parameter)}: C = ${exact(state.C)} here${slope === null ? "" : `, slope ${small(slope)}`}` : "C along the parameter: not computed yet" });
  put(plot.line, { d: shown ? line(at.map((v, n) => [across(v, range), up(C[n], high, plot.height)]).filter(([, y]) => Number.isFinite(y))) : null });
  put(plot.dot, { cx: px.toFixed(1), cy: py.toFixed(1), visibility: shown ? null : "hidden" });
  ticks(plot, [range[0], range[0] / 2, 0, range[1] / 2, range[1]], range, (v) => String(v).replace("-", "−"));
  say(plot.top, shown ? `C ${exact(state.C)}` : "");
  put(plot.tangent, { visibility: slope === null ? "hidden" : null });
  if (slope !== null) drawTangent(plot, [px, py], slope, range, high);
  const right = px < WIDTH / 2;
  say(plot.note, slope === null ? "" : `slope ${small(slope)}`);
  put(plot.note, { x: (right ? px + 12 : px - 12).toFixed(1), y: noteHeight(plot, py, slope, right), "text-anchor": right ? "start" : "end" });
}

// The words stand beside the point, on the side of the tangent that is free.
function noteHeight(plot, y, slope, right) {
  const above = slope < 0 === right;
  return Math.min(Math.max(above ? y - 12 : y + 22, 14), plot.height - EDGE.bottom - 5).toFixed(1);
}

export function drawHistory(plot, costs, iteration) {
  const range = [0, Math.max(costs.length - 1, 1)];
  const high = span(costs.length ? costs : [0]);
  const last = costs.length - 1;
  put(plot.line, { d: costs.length > 1 ? line(costs.map((C, n) => [across(n, range), up(C, high, plot.height)])) : null });
  put(plot.dot, { visibility: costs.length > 1 ? null : "hidden", ...(last > 0 ? { cx: across(last, range).toFixed(1), cy: up(costs[last], high, plot.height).toFixed(1) } : {}) });
  say(plot.top, costs.length > 1 ? `C ${exact(costs[0])}` : "no update yet");
  say(plot.note, costs.length > 1 ? exact(costs[last]) : "");
  put(plot.note, { x: WIDTH - EDGE.right, y: last > 0 ? Math.max(14, up(costs[last], high, plot.height) - 12).toFixed(1) : 0, "text-anchor": "end" });
  ticks(plot, costs.length > 1 ? [0, last] : [], range, (n) => `update ${iteration - last + n}`);
  put(plot.el, { "aria-label": costs.length > 1 ? `C over the last ${last} updates: from ${exact(costs[0])} to ${exact(costs[last])}` : "C over the last updates: no update yet" });
}
