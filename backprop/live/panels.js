// The panels of controls and words: each is {el, draw}, made once and brought up to date by draw.
import { largestParameter, read } from "./network.js";
import { STEPS, sizes } from "./steps.js";
import { exact, letter, parameterName, pythonName, short, small, typed } from "./format.js";
import { fill, freshId, h, mark, put, say } from "./dom.js";
import { drawCurve, drawHistory, fit, frame } from "./plots.js";

const SPEEDS = [["1 a second", 1], ["10 a second", 10], ["60 a second", 60], ["600 a second", 600]];
const BUTTONS = STEPS.slice(1);
const HINTS = { "output error": "(1)", "hidden error": "(2)", gradients: "(3)(4)" };

function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, text);
}

export function toolbar(act) {
  const steps = Object.fromEntries(BUTTONS.map((step) => {
    const hint = HINTS[step] ? [h("small", { "aria-hidden": "true" }, HINTS[step])] : [];
    return [step, h("button", { type: "button", "data-step": step, "aria-label": step, onclick: () => act.go(step) }, ...hint, h("span", {}, step))];
  }));
  const back = button("back", act.back, { class: "bp-plain", title: "one step back (Shift+←)" });
  const play = button("play", act.play, { class: "bp-main", title: "descend (Space)" });
  const again = button("reset", act.reset, { class: "bp-plain", title: "the first weights, nothing computed (R)" });
  const el = h("div", { class: "bp-bar", role: "group", "aria-label": "steps" }, back, h("div", { class: "bp-steps" }, ...Object.values(steps)), play, again);
  const draw = (state, playing) => {
    for (const step of BUTTONS) put(steps[step], { "aria-current": step === state.step ? "step" : null });
    put(steps["hidden error"], { disabled: state.L === 1 ? "" : null });
    say(play, playing ? "pause" : "play");
    put(back, { disabled: state.step === "start" ? "" : null });
  };
  return { el, draw };
}

// The slider of the chosen parameter, its typed value, and its way back.
export function parameterPanel(act) {
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

// What a slider covers: at least −4 to 4.
export function around(value) {
  const size = Math.max(4, Math.ceil(2 * Math.abs(value)));
  return [-size, size];
}

export function descentPanel(act) {
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

export function wordsPanel(act) {
  const sentence = h("p", { class: "bp-say" });
  const equation = h("p", { class: "bp-eq" });
  const source = h("pre", { tabindex: 0, role: "group", "aria-label": "the lines of the package that compute it" });
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

// The sentence for what `oneUpdate` refused.
export function notFinite(state, { parameter, value, iteration }) {
  const named = (p) => `${parameterName(sizes(state.net), p)}, ${pythonName(p)}`;
  const which = Number.isNaN(value) ? "not a number" : value > 0 ? "infinite" : "minus infinity";
  const largest = largestParameter(state.net);
  const what = parameter ? `${named(parameter)}, would be ${which}` : `C would be ${which}: ${named(largest)}, has grown to ${exact(read(state, largest))}`;
  return `Stopped: at update ${iteration} ${what}. A smaller η than ${exact(state.eta, 2)} may help. The numbers shown are the last finite ones.`;
}

// What stopped a descent, with the offer to go on from the last finite state.
export function stopNote(act) {
  const text = h("span", {});
  const el = h("p", { class: "bp-note", role: "alert" }, text, " ", button("back to the last finite state", act.finite));
  const draw = (note) => {
    say(text, note);
    mark(el, "bp-some", note);
  };
  return { el, draw };
}
