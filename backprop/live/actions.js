// What a learner can do, as changes of the model's synced values. Nothing here draws.
import { costAt, firstNonFinite, gradients, update, write } from "./network.js";
import { after, before, chosen, lastPart, stateOf } from "./steps.js";

const KEPT = 301; // costs kept: the start and the last 300 updates

// Sends what changed to Python at most every 120 ms, and never fails where there is no kernel.
function sender(model) {
  let waiting = null;
  const send = () => {
    waiting = null;
    try {
      model.save_changes();
    } catch {
      // a closed comm: the picture goes on without Python
    }
  };
  return () => {
    waiting ??= setTimeout(send, 120);
  };
}

const senders = new WeakMap();

export function change(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  if (!senders.has(model)) senders.set(model, sender(model));
  senders.get(model)();
}

const batch = (model, x = model.get("x")) => {
  const [y, { example }] = [model.get("y"), chosen(model)];
  return example === null ? [x, y] : [[x[example]], [y[example]]];
};

// One update of every weight and bias. Returns null, or what stopped being finite: then nothing was changed.
export function oneUpdate(model) {
  const [net, cost, eta, costs, iteration] = ["net", "cost", "eta", "_costs", "iteration"].map((name) => model.get(name));
  const [x, y] = batch(model);
  const { C, grads } = gradients(net, x, y, cost);
  const next = update(net, grads, eta);
  const moved = costAt(next, x, y, cost);
  const wrong = firstNonFinite(next) ?? (Number.isFinite(moved) ? null : { parameter: null, value: moved });
  if (wrong) return { ...wrong, iteration: iteration + 1 };
  const history = [...(costs.length ? costs : [C]), moved].slice(-KEPT);
  change(model, { net: next, _before: { net, eta }, _costs: history, iteration: iteration + 1, step: "update", _part: 0 });
  return null;
}

// Goes to a step. "forward" and "hidden error" go on by one layer; "update" changes the net.
export function go(model, step) {
  const state = stateOf(model);
  if (step === "update") return oneUpdate(model);
  const more = state.step === step && state.part < lastPart(step, state.L);
  change(model, { step, _part: more ? state.part + 1 : Math.min(1, lastPart(step, state.L)) });
  return null;
}

export function stepOn(model) {
  const [step, part] = after(stateOf(model));
  if (step === "update") return oneUpdate(model);
  change(model, { step, _part: part });
  return null;
}

// Back by one stop; from "update" the weights go back too.
export function stepBack(model) {
  const state = stateOf(model);
  const [step, part] = before(state);
  const undo = state.step === "update" && state.before !== null;
  const undone = undo ? { net: state.before.net, _before: null, iteration: model.get("iteration") - 1, _costs: state.costs.slice(0, -1) } : {};
  change(model, { step, _part: part, ...undone });
}

// Changes one number and says whether it could: with it, C and every slope must stay finite.
export function setValue(model, parameter, value) {
  const moved = write({ net: model.get("net"), x: model.get("x") }, parameter, value);
  const [x, y] = batch(model, moved.x);
  const { C, grads } = gradients(moved.net, x, y, model.get("cost"));
  if (!Number.isFinite(C) || firstNonFinite(grads.map(({ dW, db }) => ({ W: dW, b: db })))) return false;
  change(model, { ...moved, ...(model.get("step") === "update" ? { _before: null } : {}) });
  return true;
}

// The net and the inputs as Python last set them.
export function firstState(model) {
  const { net, x } = model.get("_first");
  change(model, { net, x, _before: null, _costs: [], iteration: 0 });
}

export function reset(model) {
  firstState(model);
  change(model, { step: "start", _part: 0 });
}

export function chooseExample(model, example) {
  change(model, { example, _costs: [], _before: null, ...(example === null ? {} : { _shown: example }) });
}
