// The page of the explorer: puts its parts together, and draws once a frame when the model changed.
import { read } from "./network.js";
import { stateOf, whole } from "./steps.js";
import { exact } from "./format.js";
import { COST_FORMULAS, words } from "./words.js";
import { fill, freshId, h, put, say } from "./dom.js";
import { picture } from "./picture.js";
import { batchTable, valuesTable } from "./tables.js";
import { change, chooseExample, firstState, go, reset, setValue, stepBack, stepOn } from "./actions.js";
import { around, descentPanel, notFinite, parameterPanel, stopNote, toolbar, wordsPanel } from "./panels.js";
import { player } from "./player.js";
import { keys } from "./keys.js";

const SYNCED = ["net", "x", "y", "cost", "example", "parameter", "step", "eta", "iteration", "_part", "_shown", "_before", "_costs", "_first"];

// While something moves, the table of all numbers is written every 120 ms only; when it rests, at once.
function unhurried(table, schedule) {
  let [last, waiting] = [-Infinity, 0];
  function draw(state) {
    clearTimeout(waiting);
    const early = last + 120 - performance.now();
    put(table.el, { "aria-busy": early > 0 ? "true" : null });
    if (early > 0) {
      waiting = setTimeout(schedule, early);
      return;
    }
    last = performance.now();
    table.draw(state);
  }
  return { draw, stop: () => clearTimeout(waiting) };
}

function example({ x, rows, shown }) {
  if (x.length === 1) return "";
  return rows.length > 1 ? `all ${x.length} examples; drawn: example ${rows[shown] + 1}` : `example ${rows[shown] + 1} of ${x.length}`;
}

// The line below the picture: the cost's formula, its value once it is computed, and which example is drawn.
function costLine() {
  const el = h("p", { class: "bp-cost" });
  const draw = (state) => {
    const value = state.done.cost ? `= <b>${exact(state.C)}</b>` : "";
    fill(el, `<span><i>C</i> = ${COST_FORMULAS[state.cost]} ${value}</span> <small>${example(state)}</small>`);
  };
  return { el, draw };
}

// Says each step in words to those who do not see it; while it plays, only that it plays.
function liveRegion() {
  const el = h("p", { class: "bp-live", role: "status", "aria-live": "polite" });
  let last = "";
  const draw = (now, sentence) => {
    if (now !== last) say(el, sentence);
    last = now;
  };
  return { el, draw };
}

// What the controls may do. `page` holds what only this page knows: the lit term, a typed value to be shown again, what stopped a descent.
function actions(model, page, schedule) {
  const tell = (wrong) => {
    page.note = wrong ? notFinite(stateOf(model), wrong) : "";
    schedule();
  };
  const play = player(model, tell);
  const halt = (action) => (...args) => {
    play.stop();
    page.moved = true;
    tell(action(...args) ?? null);
  };
  const current = () => stateOf(model).parameter;
  const here = () => read(stateOf(model), current());
  const value = (v) => {
    schedule();
    return (page.moved = setValue(model, current(), v));
  };
  return {
    go: halt((step) => go(model, step)),
    on: halt(() => stepOn(model)),
    back: halt(() => stepBack(model)),
    reset: halt(() => reset(model)),
    first: halt(() => firstState(model)),
    finite: halt(() => change(model, { step: "gradients", _part: 0 })),
    example: halt((n) => chooseExample(model, n)),
    play: () => {
      play.toggle();
      tell(null);
    },
    playing: play.playing,
    stop: play.stop,
    speed: play.speed,
    eta: (eta) => change(model, { eta }),
    choose: (parameter) => String(model.get("parameter")) !== String(parameter) && change(model, { parameter }),
    value,
    firstValue: () => value(read(model.get("_first"), current())),
    nudge: (steps) => value(Number((here() + steps * 0.01).toFixed(10))),
    end: (high) => value(around(here())[high ? 1 : 0]),
    moved: () => page.moved,
    point: (term) => {
      if (term !== page.pointed) schedule();
      page.pointed = term;
    },
  };
}

function layout(act, { bar, note, net, cost, parameter, descent, words: told, batch, values, live }) {
  net.el.append(cost.el);
  const side = h("div", { class: "bp-side" }, parameter.el, descent.el);
  const tables = h("div", { class: "bp-tables" }, batch.el, values.el);
  const grid = h("div", { class: "bp-grid" }, net.el, side, told.el, tables);
  const attributes = { class: "bp-explorer", tabindex: -1, role: "group", "aria-label": "explorer: a live network" };
  return h("div", { ...attributes, "data-lm-suppress-shortcuts": "true", onkeydown: keys(act) }, bar.el, note.el, grid, live.el);
}

export function render({ model, el }) {
  const page = { pointed: null, moved: false, note: "" };
  let frameId = 0;
  const schedule = () => {
    frameId ||= requestAnimationFrame(draw);
  };
  const act = actions(model, page, schedule);
  const parts = {
    bar: toolbar(act), note: stopNote(act), net: picture(act), cost: costLine(), parameter: parameterPanel(act), descent: descentPanel(act),
    words: wordsPanel(act), batch: batchTable(freshId("batch"), act), values: valuesTable(freshId("values")), live: liveRegion(),
  };
  const values = unhurried(parts.values, schedule);

  function draw() {
    frameId = 0;
    if (!whole(model)) return; // what is missing is on its way, and will ask for a picture
    const state = stateOf(model);
    const [iteration, playing, told] = [model.get("iteration"), act.playing(), words(state)];
    const code = model.get("_code")[told.code];
    const term = page.pointed in code.marks ? page.pointed : told.lit;
    parts.bar.draw(state, playing);
    parts.note.draw(page.note);
    parts.net.draw(state, term);
    parts.cost.draw(state);
    parts.parameter.draw(state);
    parts.descent.draw(state, iteration);
    parts.words.draw(told, code, term);
    parts.batch.draw(state);
    values.draw(state);
    parts.live.draw([state.step, state.part, playing, playing || iteration].join(), playing ? "Playing: one update after another." : told.say);
    page.moved = false;
  }

  const watched = SYNCED.map((name) => `change:${name}`);
  watched.forEach((name) => model.on(name, schedule));
  const root = layout(act, parts);
  const resized = new ResizeObserver(() => {
    for (const part of [parts.net, parts.parameter, parts.descent]) part.fit();
    schedule();
  });
  el.append(root);
  resized.observe(root);
  draw();
  return () => {
    act.stop();
    values.stop();
    cancelAnimationFrame(frameId);
    resized.disconnect();
    watched.forEach((name) => model.off(name, schedule));
  };
}
