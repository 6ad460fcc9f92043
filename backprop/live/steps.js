// What the learner has stepped through: the order of the steps, what is computed at each, and which unit the step is about.
import { gradients, slope } from "./network.js";

export const sizes = (net) => [net[0].W.length, ...net.map(({ b }) => b.length)];

export const STEPS = ["start", "forward", "output error", "hidden error", "gradients", "update"];

// Every stop of one pass, as [step, part]: part counts the layers done within "forward" and "hidden error".
export function stops(layers) {
  const parts = { forward: layers, "hidden error": layers - 1 };
  return STEPS.flatMap((step) => (step in parts ? Array.from({ length: parts[step] }, (_, i) => [step, i + 1]) : [[step, 0]]));
}

export const lastPart = (step, layers) => ({ forward: layers, "hidden error": layers - 1 })[step] ?? 0;

const at = (state) => stops(state.L).findIndex(([step, part]) => step === state.step && part === state.part);

export function after(state) {
  return state.step === "update" ? ["forward", 1] : (stops(state.L)[at(state) + 1] ?? ["output error", 0]);
}

export const before = (state) => stops(state.L)[Math.max(at(state) - 1, 0)];

// How far a pass has come: layers with z and a; the lowest layer with a delta (counted from 1); the gradients.
export function done(step, part, L) {
  const reached = STEPS.indexOf(step);
  const forward = reached === 0 ? 0 : reached === 1 ? part : L;
  const lowest = reached < 2 ? L + 1 : reached === 2 ? L : reached === 3 ? L - part : 1;
  return { forward, cost: forward === L, delta: (k) => k >= lowest, gradients: reached >= 4 };
}

// Whether the synced values fit one another: Python sends a new net and new data one after the other.
export function whole(model) {
  const [net, x, y] = ["net", "x", "y"].map((name) => model.get(name));
  const shape = sizes(net);
  const chained = net.every(({ W, b }, m) => W.length === shape[m] && W[0].length === b.length);
  return chained && x.length === y.length && x[0].length === shape[0] && y[0].length === shape.at(-1);
}

// The chosen example and parameter; where a smaller net or batch no longer has them, all examples and the first weight.
export function chosen(model) {
  const [net, x, example, parameter] = ["net", "x", "example", "parameter"].map((name) => model.get(name));
  const [shape, [kind, k, i, j]] = [sizes(net), parameter];
  const ends = { W: () => i < shape[k - 1] && j < shape[k], b: () => i < shape[k], x: () => k < shape[0] };
  return { example: example === null || example < x.length ? example : null, parameter: ends[kind]() ? parameter : ["W", 1, 0, 0] };
}

// Everything the page shows, from the model's synced values; the mathematics is done anew each time.
export function stateOf(model) {
  const get = (name) => model.get(name);
  const [net, x, y, cost] = ["net", "x", "y", "cost"].map(get);
  const { example, parameter } = chosen(model);
  const rows = example === null ? x.map((_, n) => n) : [example];
  const state = { net, x, y, cost, example, rows, L: net.length, step: get("step"), part: get("_part"), eta: get("eta"), parameter };
  state.shown = Math.max(rows.indexOf(Math.min(get("_shown"), x.length - 1)), 0); // the row of the batch whose numbers the picture shows
  state.part = Math.min(state.part, lastPart(state.step, state.L));
  if (state.step === "hidden error" && state.L === 1) state.step = "output error";
  if (state.parameter[0] === "x") state.parameter = ["x", rows[state.shown], state.parameter[1]];
  Object.assign(state, gradients(net, rows.map((n) => x[n]), rows.map((n) => y[n]), cost));
  state.done = done(state.step, state.part, state.L);
  state.slope = state.done.gradients ? slope(state, state.parameter, state.shown) : null; // of C by the chosen parameter
  state.costs = get("_costs");
  state.before = get("_before");
  if (state.before && String(sizes(state.before.net)) !== String(sizes(net))) state.before = null; // of a net that has gone
  return state;
}

// The layer and the unit that the step is about: the chosen parameter's own, as far as it lies in that layer.
export function focus(state) {
  const { step, part, L, parameter } = state;
  const layer = { forward: part, "output error": L, "hidden error": L - part }[step];
  if (layer === undefined) return null;
  const [kind, k, i, j] = parameter;
  const end = kind === "W" ? j : i;
  if (kind !== "x" && k === layer) return { layer, unit: end };
  return { layer, unit: kind === "W" && k === layer + 1 ? i : 0 };
}

