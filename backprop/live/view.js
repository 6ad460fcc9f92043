// The page of the explorer: puts picture, plots, words, tables and controls together, and draws once a frame when the model changed.
import { largestParameter, read, slope } from "./network.js";
import { STEPS, sizes, stateOf } from "./steps.js";
import { exact, letter, parameterName, pythonName, short, small, typed } from "./format.js";
import { COST_FORMULAS, words } from "./words.js";
import { change, chooseExample, firstState, go, oneUpdate, reset, setValue, stepBack, stepOn } from "./actions.js";
import { fill, freshId, h, mark, put, say } from "./dom.js";
import { picture } from "./picture.js";
import { drawCurve, drawHistory, fit, frame } from "./plots.js";
import { batchTable, valuesTable } from "./tables.js";

const SYNCED = ["net", "x", "y", "cost", "example", "parameter", "step", "eta", "iteration", "_part", "_shown", "_before", "_costs", "_first"];
const SPEEDS = [["1 a second", 1], ["10 a second", 10], ["60 a second", 60], ["600 a second", 600]];
const BUTTONS = STEPS.slice(1);
const HINTS = { forward: "", "output error": "(1)", "hidden error": "(2)", gradients: "(3)(4)", update: "" };

function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, text);
}

function toolbar(act) {
  const steps = Object.fromEntries(BUTTONS.map((step) => {
    const hint = HINTS[step] ? [h("small", { "aria-hidden": "true" }, HINTS[step])] : [];
    return [step, h("button", { type: "button", "data-step": step, "aria-label": step, onclick: () => act.go(step) }, ...hint, h("span", {}, step))];
  }));
  const back = button("back", act.back, { class: "bp-plain", title: "one step back (Shift+←)" });
  const play = button("play", act.play, { class: "bp-main", title: "descend (Space)" });
  const again = button("reset", act.reset, { class: "bp-plain", title: "the first weights, nothing computed (R)" });
  const el = h("div", { class: "bp-bar", role: "toolbar", "aria-label": "steps" }, back, h("div", { class: "bp-steps" }, ...Object.values(steps)), play, again);
  const draw = (state, playing) => {
    for (const [step, el_] of Object.entries(steps)) put(el_, { "aria-current": step === state.step ? "step" : null, disabled: step === "hidden error" && state.L === 1 ? "" : null });
    say(play, playing ? "pause" : "play");
    put(back, { disabled: state.step === "start" ? "" : null });
  };
  return { el, draw };
}

// The slider of the chosen parameter, its typed value, and its way back.
function parameterPanel(act) {
  const id = freshId("parameter");
  const title = h("h4", { id });
  const path = h("code", { class: "bp-path" });
  const plot = frame("C along the parameter", 158);
  const slider = h("input", { type: "range", step: 0.01, "aria-labelledby": id, oninput: () => act.value(Number(slider.value)) });
  const entry = h("input", { type: "text", inputmode: "decimal", size: 8, spellcheck: "false", autocomplete: "off", "aria-label": "value", onchange: () => enter() });
  const again = button("reset value", () => act.firstValue(), { class: "bp-plain" });
  const slopeText = h("span", { class: "bp-slope" });
  const wrong = h("span", { class: "bp-wrong", role: "alert" });
  const name = h("label", { class: "bp-letter" });
  let range = [-4, 4];
  let ranged = "";
  function enter() {
    const value = typed(entry.value);
    const fits = !Number.isNaN(value) && act.value(value);
    put(entry, { "aria-invalid": fits ? null : "true" });
    if (fits) say(wrong, "");
    else if (Number.isNaN(value)) say(wrong, `A number is expected here, such as −0.5; “${entry.value}” is none.`);
    else say(wrong, `With ${entry.value} the cost or a slope would not be finite; nothing was changed.`);
  }
  function draw(state) {
    const value = read(state, state.parameter);
    if (ranged !== state.parameter.join() || Math.abs(value) > range[1]) range = around(value);
    if (ranged !== state.parameter.join()) say(wrong, "");
    ranged = state.parameter.join();
    const shape = sizes(state.net);
    say(title, `the cost along ${parameterName(shape, state.parameter)}`);
    say(path, `parameter ${pythonName(state.parameter)}`);
    say(name, `${letter(state.parameter)} =`);
    put(slider, { min: range[0], max: range[1], step: range[1] > 40 ? range[1] / 400 : 0.01, "aria-valuetext": `${short(value)}${state.done.cost ? `, C ${exact(state.C)}` : ""}` });
    if (Number(slider.value) !== value) slider.value = value;
    if (document.activeElement !== entry || act.moved()) entry.value = exact(value);
    say(slopeText, state.slope === null ? "" : `∂C/∂${letter(state.parameter)} ${small(state.slope)}`);
    drawCurve(plot, state, { value, range, slope: state.slope });
  }
  const controls = h("div", { class: "bp-row" }, slider, name, entry, slopeText);
  return { el: h("div", { class: "bp-panel bp-curve-panel" }, title, plot.el, controls, wrong, h("div", { class: "bp-row bp-foot" }, path, again)), draw, fit: () => fit(plot) };
}

function around(value) {
  const size = Math.max(4, Math.ceil(2 * Math.abs(value)));
  return [-size, size];
}

function descentPanel(act) {
  const id = freshId("descent");
  const plot = frame("C over the last updates", 96);
  const eta = h("input", { type: "range", min: -3, max: 2, step: 0.05, "aria-label": "learning rate η", oninput: () => act.eta(Number((10 ** eta.value).toPrecision(2))) });
  const shown = h("span", { class: "bp-eta" });
  const speed = h("select", { "aria-label": "speed", onchange: () => act.speed(Number(speed.value)) }, ...SPEEDS.map(([text, value]) => h("option", { value, selected: value === 10 }, text)));
  const first = button("back to the start", act.first, { class: "bp-plain" });
  const el = h("div", { class: "bp-panel bp-descent" }, h("div", { class: "bp-row bp-foot bp-title" }, h("h4", { id }, "the cost over the last updates"), first), plot.el,
    h("div", { class: "bp-row" }, h("span", { class: "bp-letter" }, "η"), eta, shown, speed));
  function draw(state, iteration) {
    if (Math.abs(10 ** eta.value - state.eta) > 0.02 * state.eta) eta.value = Math.log10(state.eta);
    put(eta, { "aria-valuetext": exact(state.eta, 2) });
    say(shown, `${Number(state.eta.toPrecision(3))}`);
    drawHistory(plot, state.costs, iteration);
  }
  return { el, draw, fit: () => fit(plot) };
}

function wordsPanel(act) {
  const sentence = h("p", { class: "bp-say" });
  const equation = h("p", { class: "bp-eq" });
  const source = h("pre", { tabindex: 0, "aria-label": "the lines of the package that compute it" });
  const file = h("span", { class: "bp-file" });
  const el = h("div", { class: "bp-panel bp-words" }, sentence, equation, h("div", { class: "bp-code" }, file, source));
  el.addEventListener("pointerover", ({ target }) => act.point(target.closest("[data-term]")?.dataset.term ?? null));
  el.addEventListener("pointerleave", () => act.point(null));
  const piece = (lit) => (p) => (typeof p === "string" ? p : `<span data-term="${p.term}"${p.term === lit || p.term === "result" ? ' class="bp-on"' : ""}>${p.html}</span>`);
  function draw({ say: text, symbols, numbers }, { file: where, lines, marks }, term) {
    say(sentence, text);
    fill(equation, [symbols, numbers].map((part) => `<span>${part.map(piece(term)).join("")}</span>`).join(" "));
    say(file, where);
    fill(source, lines.map((line) => litLine(line, marks, term)).join("\n"));
  }
  return { el, draw };
}

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

function litLine(line, marks, lit) {
  let html = escape(line);
  for (const [name, fragment] of Object.entries(marks)) {
    html = html.replace(escape(fragment), (found) => `<span data-term="${name}"${name === lit ? ' class="bp-on"' : ""}>${found}</span>`);
  }
  return html;
}

// Descent: so many updates a second, drawn once a frame; where motion is to be reduced, at most twice a second.
function player(model, stopped) {
  let [frameId, speed, owed, last] = [0, 10, 0, 0];
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const stop = () => {
    cancelAnimationFrame(frameId);
    frameId = 0;
  };
  function tick(now) {
    frameId = requestAnimationFrame(tick);
    if (calm.matches && now - last < 500) return;
    owed = Math.min(owed + ((now - last) / 1000) * speed, 60);
    last = now;
    for (; owed >= 1; owed -= 1) {
      const wrong = oneUpdate(model);
      if (wrong) {
        stop();
        return stopped(wrong);
      }
    }
  }
  const start = () => {
    [owed, last] = [1, performance.now() - (calm.matches ? 500 : 0)];
    frameId = requestAnimationFrame(tick);
  };
  return { stop, toggle: () => (frameId ? stop() : start()), playing: () => frameId !== 0, speed: (v) => (speed = v) };
}

function notFinite(state, { parameter, value, iteration }) {
  const named = (p) => `${parameterName(sizes(state.net), p)}, ${pythonName(p)}`;
  const which = Number.isNaN(value) ? "not a number" : value > 0 ? "infinite" : "minus infinity";
  const largest = largestParameter(state.net);
  const what = parameter ? `${named(parameter)}, would be ${which}` : `C would be ${which}: ${named(largest)}, has grown to ${exact(read(state, largest))}`;
  return `Stopped: at update ${iteration} ${what}. A smaller η than ${exact(state.eta, 2)} may help. The numbers shown are the last finite ones.`;
}

// What stopped a descent, with the offer to go on from the last finite state.
function stopNote(act) {
  const text = h("span", {});
  const el = h("p", { class: "bp-note", role: "alert" }, text, " ", button("back to the last finite state", act.finite));
  const draw = (note) => {
    say(text, note);
    mark(el, "bp-some", note);
  };
  return { el, draw };
}

// While something moves, the table of all numbers is written every 60 ms only; when it rests, at once.
function unhurried(table, schedule) {
  let [last, waiting] = [-Infinity, 0];
  function draw(state) {
    clearTimeout(waiting);
    const early = last + 60 - performance.now();
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

const inText = (target) => target.matches("input[type=text], textarea, select");
const inControl = (target) => target.matches("button, select, input[type=radio]") && target.matches(":focus-visible");

function keys(act) {
  const moves = { ArrowRight: act.on, ArrowLeft: act.back };
  const nudges = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };
  return (event) => {
    const { key, target } = event;
    const command = event.ctrlKey || event.metaKey;
    if (command && (key === "s" || !inText(target))) return; // saving, and whatever else is a command anywhere
    event.stopPropagation(); // else JupyterLab takes arrows, and "a" makes a cell
    if (inText(target) || event.altKey) return;
    const onPicture = target.matches("[data-parameter]");
    if (event.shiftKey && moves[key]) moves[key]();
    else if (key === " " && !inControl(target)) act.play();
    else if (key === "r" || key === "R") act.reset();
    else if (onPicture && key in nudges) act.nudge(nudges[key]);
    else if (onPicture && (key === "Home" || key === "End")) act.end(key === "End");
    else return;
    event.preventDefault();
  };
}

function drawn({ x, rows, shown }) {
  if (x.length === 1) return "";
  return rows.length > 1 ? `all ${x.length} examples; drawn: example ${rows[shown] + 1}` : `example ${rows[shown] + 1} of ${x.length}`;
}

export function render({ model, el }) {
  let [frameId, pointed, moved, wrongNow] = [0, null, false, ""];
  const schedule = () => {
    frameId ||= requestAnimationFrame(draw);
  };
  const ask = (question) => {
    const wrong = question();
    wrongNow = wrong ? notFinite(stateOf(model), wrong) : "";
    schedule();
  };
  const play = player(model, (wrong) => ask(() => wrong));
  const halt = (action) => (...args) => {
    play.stop();
    moved = true;
    ask(() => action(...args) ?? null);
  };
  const current = () => stateOf(model).parameter;
  const setTo = (v) => {
    moved = setValue(model, current(), v);
    return moved;
  };
  const here = () => read(stateOf(model), current());
  const act = {
    go: halt((step) => go(model, step)),
    on: halt(() => stepOn(model)),
    back: halt(() => stepBack(model)),
    reset: halt(() => reset(model)),
    first: halt(() => firstState(model)),
    finite: halt(() => change(model, { step: "gradients", _part: 0 })),
    play: () => ask(() => play.toggle()),
    speed: play.speed,
    eta: (eta) => change(model, { eta }),
    choose: (parameter) => String(model.get("parameter")) !== String(parameter) && change(model, { parameter }),
    example: halt((example) => chooseExample(model, example)),
    value: setTo,
    firstValue: () => setTo(read(model.get("_first"), current())),
    nudge: (steps) => setTo(Number((here() + steps * 0.01).toFixed(10))),
    end: (high) => setTo(around(here())[high ? 1 : 0]),
    point: (term) => {
      if (term !== pointed) schedule();
      pointed = term;
    },
    moved: () => moved,
  };
  const parts = {
    bar: toolbar(act), net: picture(act), parameter: parameterPanel(act), descent: descentPanel(act),
    words: wordsPanel(act), note: stopNote(act), batch: batchTable(freshId("batch"), act), values: valuesTable(freshId("values")),
  };
  const live = h("p", { class: "bp-live", role: "status", "aria-live": "polite" });
  const cost = h("p", { class: "bp-cost" });
  const root = h("div", { class: "bp-explorer", tabindex: -1, role: "group", "aria-label": "explorer: a live network", "data-lm-suppress-shortcuts": "true", onkeydown: keys(act) },
    parts.bar.el, parts.note.el, h("div", { class: "bp-grid" }, parts.net.el, h("div", { class: "bp-side" }, parts.parameter.el, parts.descent.el), parts.words.el, h("div", { class: "bp-tables" }, parts.batch.el, parts.values.el)), live);
  parts.net.el.append(cost);

  const values = unhurried(parts.values, schedule);

  function draw() {
    frameId = 0;
    const state = stateOf(model);
    state.slope = state.done.gradients ? slope(state, state.parameter, state.shown) : null;
    const playing = play.playing();
    const told = words(state);
    const code = model.get("_code")[told.code];
    const term = pointed in code.marks ? pointed : told.lit;
    parts.bar.draw(state, playing);
    parts.net.draw(state, term);
    parts.parameter.draw(state);
    parts.descent.draw(state, model.get("iteration"));
    parts.words.draw(told, code, term);
    parts.batch.draw(state);
    values.draw(state);
    fill(cost, `<span><i>C</i> = ${COST_FORMULAS[state.cost]} ${state.done.cost ? `= <b>${exact(state.C)}</b>` : ""}</span> <small>${drawn(state)}</small>`);
    parts.note.draw(wrongNow);
    announce(state, playing, told.say);
    moved = false;
  }
  let last = "";
  function announce({ step, part }, playing, sentence) {
    const now = [step, part, playing, model.get("iteration") * !playing].join();
    if (now !== last) say(live, playing ? "Playing: one update after another." : sentence);
    last = now;
  }
  const watched = SYNCED.map((name) => `change:${name}`);
  watched.forEach((name) => model.on(name, schedule));
  const resized = new ResizeObserver(() => {
    for (const part of [parts.net, parts.parameter, parts.descent]) part.fit();
    schedule();
  });
  el.append(root);
  resized.observe(root);
  draw();
  return () => {
    play.stop();
    values.stop();
    cancelAnimationFrame(frameId);
    resized.disconnect();
    watched.forEach((name) => model.off(name, schedule));
  };
}
