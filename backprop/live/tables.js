// The batch, and the values: every number that was computed so far, as a table that mirrors the picture.
import { costs } from "./network.js";
import { h, mark, say } from "./dom.js";
import { sizes } from "./steps.js";
import { exact, given, short, unitName } from "./format.js";

const known = (yes, v) => (yes ? exact(v) : "·");

function unitRows(state) {
  const shape = sizes(state.net);
  const many = state.rows.length > 1;
  const answer = costs[state.cost].answer;
  return state.rows.flatMap((example, n) =>
    state.steps.flatMap(({ z, a_out }, m) => {
      const [forward, back] = [m + 1 <= state.done.forward, state.done.delta(m + 1)];
      const p = answer && m + 1 === state.L ? answer(a_out[n]) : null;
      const row = (a, j) => [known(forward, z[n][j]), known(forward, a), ...(answer ? [p ? known(forward, p[j]) : ""] : []), known(back, state.grads[m].delta[n][j])];
      return a_out[n].map((a, j) => ({ name: unitName(shape, m + 1, j), example: many ? example + 1 : null, numbers: row(a, j), lit: false }));
    }));
}

function slopeRows(state) {
  const shape = sizes(state.net);
  const chosen = state.parameter.join();
  const row = (name, parameter, value, slope) => ({ name, example: null, numbers: [exact(value), known(state.done.gradients, slope)], lit: parameter.join() === chosen });
  return state.net.flatMap(({ W, b }, m) => {
    const [k, { dW, db }] = [m + 1, state.grads[m]];
    const weights = W.flatMap((from, i) => from.map((w, j) => row(`w ${unitName(shape, m, i)} → ${unitName(shape, k, j)}`, ["W", k, i, j], w, dW[i][j])));
    return [...weights, ...b.map((v, j) => row(`b ${unitName(shape, k, j)}`, ["b", k, j], v, db[j]))];
  });
}

// A table that is made anew only when its rows have other names; else only the texts that changed are written.
function numberTable(label, attributes) {
  const el = h("table", { ...attributes, "aria-label": label });
  let [named, cells, lines] = ["", [], []];
  const head = (name) => h("th", { scope: "col" }, name);
  const first = ({ name, example }) => h("th", { scope: "row" }, ...(example === null ? [] : [h("small", {}, String(example)), " "]), name);
  function make(heads, rows) {
    lines = rows.map((row) => h("tr", {}, first(row), ...row.numbers.map(() => h("td"))));
    cells = lines.map((line) => [...line.querySelectorAll("td")]);
    el.replaceChildren(h("thead", {}, h("tr", {}, ...heads.map(head))), h("tbody", {}, ...lines));
  }
  return {
    el,
    draw(heads, rows) {
      const names = JSON.stringify([heads, rows.map(({ name, example }) => [name, example])]);
      if (names !== named) make(heads, rows);
      named = names;
      rows.forEach(({ numbers, lit }, n) => {
        numbers.forEach((text, c) => say(cells[n][c], text));
        mark(lines[n], "bp-lit", lit);
      });
    },
  };
}

export function valuesTable(id) {
  const units = numberTable("z, a and δ of every unit", { class: "bp-units" });
  const slopes = numberTable("every weight and bias with its gradient", { class: "bp-slopes" });
  const C = h("b");
  const el = h("div", { class: "bp-panel bp-values", role: "region", "aria-labelledby": id, tabindex: 0 },
    h("h4", { id }, "values"), h("p", { class: "bp-total" }, "C ", C), h("div", { class: "bp-two" }, units.el, slopes.el));
  function draw(state) {
    say(C, known(state.done.cost, state.C));
    units.draw(["unit", "z", "a", ...(costs[state.cost].answer ? ["p"] : []), "δ"], unitRows(state));
    slopes.draw(["parameter", "value", "∂C/∂"], slopeRows(state));
  }
  return { el, draw };
}

// act.example(n or null) chooses; the table is made anew only when x or y change.
export function batchTable(id, act) {
  const table = h("table", {});
  const el = h("div", { class: "bp-panel bp-batch", role: "region", "aria-labelledby": id, tabindex: 0 }, h("h4", { id }, "examples"), table);
  let made = null;
  const radio = (value, label) => {
    const input = h("input", { type: "radio", name: `${id}-example`, "aria-label": label, onchange: () => act.example(value) });
    input.example = value;
    return h("td", {}, input);
  };
  function make({ x, y }) {
    const names = ["", ...x[0].map((_, i) => `x${i + 1}`), ...y[0].map((_, j) => `y${j + 1}`)];
    const head = h("thead", {}, h("tr", {}, ...names.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", {})))));
    const one = (row, n) => h("tr", { onclick: () => act.example(n) }, radio(n, `example ${n + 1}`), ...row.map((v) => h("td", {}, short(v))), ...y[n].map((v) => h("td", { class: "bp-y" }, given(v))));
    const all = h("tr", { class: "bp-all", onclick: () => act.example(null) }, radio(null, "all examples"), h("td", { colspan: names.length - 1 }, `all ${x.length}, gradients summed as the cost says`));
    table.replaceChildren(head, h("tbody", {}, all, ...x.map(one)));
    made = { x, y };
  }
  function draw(state) {
    if (made?.x !== state.x || made?.y !== state.y) make(state);
    for (const input of table.querySelectorAll("input")) {
      input.checked = input.example === state.example;
      mark(input.closest("tr"), "bp-lit", input.checked);
      mark(input.closest("tr"), "bp-drawn", input.example === state.rows[state.shown]);
    }
  }
  return { el, draw };
}
