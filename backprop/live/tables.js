// The batch, and the values: every number that was computed so far, as a table that mirrors the picture.
import { costs } from "./network.js";
import { fill, h, mark } from "./dom.js";
import { sizes } from "./steps.js";
import { exact, given, short, unitName } from "./format.js";

const known = (yes, v) => (yes ? exact(v) : "·");
const cell = (text) => `<td>${text}</td>`;
const heads = (names) => `<thead><tr>${names.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>`;

function unitRows(state) {
  const shape = sizes(state.net);
  const many = state.rows.length > 1;
  return state.rows.flatMap((example, n) =>
    state.steps.flatMap(({ z, a_out }, m) => a_out[n].map((a, j) => {
      const forward = m + 1 <= state.done.forward;
      const numbers = [known(forward, z[n][j]), known(forward, a), known(state.done.delta(m + 1), state.grads[m].delta[n][j])];
      const answer = m + 1 === state.L && costs[state.cost].answer;
      if (costs[state.cost].answer) numbers.splice(2, 0, answer ? known(forward, answer(a_out[n])[j]) : "");
      return `<tr><th scope="row">${many ? `<small>${example + 1}</small> ` : ""}${unitName(shape, m + 1, j)}</th>${numbers.map(cell).join("")}</tr>`;
    })));
}

function slopeRows(state) {
  const shape = sizes(state.net);
  const [kind, layer, i, j] = state.parameter;
  return state.net.flatMap(({ W, b }, m) => {
    const k = m + 1;
    const row = (name, value, slope, on) => `<tr${on ? ' class="bp-lit"' : ""}><th scope="row">${name}</th>${cell(exact(value))}${cell(known(state.done.gradients, slope))}</tr>`;
    const weights = W.flatMap((from, p) => from.map((w, q) => row(`w ${unitName(shape, m, p)} → ${unitName(shape, k, q)}`, w, state.grads[m].dW[p][q], kind === "W" && layer === k && i === p && j === q)));
    return [...weights, ...b.map((v, q) => row(`b ${unitName(shape, k, q)}`, v, state.grads[m].db[q], kind === "b" && layer === k && i === q))];
  });
}

export function valuesTable(id) {
  const units = h("table", { class: "bp-units", "aria-label": "z, a and δ of every unit" });
  const slopes = h("table", { class: "bp-slopes", "aria-label": "every weight and bias with its gradient" });
  const total = h("p", { class: "bp-total" });
  const el = h("div", { class: "bp-panel bp-values", role: "region", "aria-labelledby": id, tabindex: 0 },
    h("h4", { id }, "values"), total, h("div", { class: "bp-two" }, units, slopes));
  function draw(state) {
    const unitHeads = costs[state.cost].answer ? ["unit", "z", "a", "p", "δ"] : ["unit", "z", "a", "δ"];
    fill(total, `<span>C</span> <b>${known(state.done.cost, state.C)}</b>`);
    fill(units, `${heads(unitHeads)}<tbody>${unitRows(state).join("")}</tbody>`);
    fill(slopes, `${heads(["parameter", "value", "∂C/∂"])}<tbody>${slopeRows(state).join("")}</tbody>`);
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
