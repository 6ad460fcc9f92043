// What a step says, in four linked forms: a sentence, the equation, its numbers, and the line of the package that computes it.
// A piece is plain text or {term, html}: pieces with the same term light together, and so does the code's fragment of that name.
import { activations, costs, gradients, read, sum } from "./network.js";
import { focus, sizes } from "./steps.js";
import { bracket, exact, given, letter, parameterName, short, small, unitName } from "./format.js";

const sup = (name, k) => `<i>${name}</i><sup>${k}</sup>`;
const term = (name, html) => ({ term: name, html });
const sign = (state, layer) => activations[state.net[layer - 1].act].sign;
const times = (u, v) => `${u} · ${bracket(v)}`;
const plus = (list) => list.reduce((text, part) => `${text} + ${part}`);

function few(list, total) {
  return list.length <= 6 ? plus(list) : `${plus(list.slice(0, 3))} + … + ${list.at(-1)} <small>(${total})</small>`;
}

const ofExample = (state) => (state.rows.length > 1 ? `, here for example ${state.rows[state.shown] + 1}` : "");

// ∂C/∂a at one output, as each cost writes it.
const COST_SLOPES = {
  half_squared_error: { html: "<i>a</i> − <i>y</i>", numbers: (a, y) => `(${a} − ${bracket(y)})` },
  quadratic_cost: { html: "(<i>a</i> − <i>y</i>) / <i>N</i>", numbers: (a, y, N) => `(${a} − ${bracket(y)}) / ${N}` },
  mean_squared_error: { html: "2 (<i>a</i> − <i>y</i>) / <i>N</i>", numbers: (a, y, N) => `2 (${a} − ${bracket(y)}) / ${N}` },
  softmax_cross_entropy: { html: "softmax(<i>a</i>) − <i>y</i>", numbers: (p, y) => `(${p} − ${bracket(y)})` },
  binary_cross_entropy: { html: "σ(<i>a</i>) − <i>y</i>", numbers: (p, y) => `(${p} − ${bracket(y)})` },
};

export const COST_FORMULAS = {
  half_squared_error: "½ Σ (<i>a</i> − <i>y</i>)²",
  quadratic_cost: "1/(2<i>N</i>) Σ (<i>a</i> − <i>y</i>)²",
  mean_squared_error: "1/<i>N</i> Σ (<i>a</i> − <i>y</i>)²",
  softmax_cross_entropy: "−Σ <i>y</i> log softmax(<i>a</i>)",
  binary_cross_entropy: "Σ log(1 + e<sup><i>a</i></sup>) − <i>y</i> <i>a</i>",
};

const VERBS = { sigmoid: " and squashes the sum", tanh: " and squashes the sum", relu: " and cuts the sum off below 0", identity: "" };
const verb = (act) => VERBS[act] ?? ` and takes ${activations[act].sign} of the sum`;

function start() {
  return {
    say: "Nothing is computed yet. “forward” carries the example through the first layer.",
    symbols: [], numbers: [], code: "forward", lit: null,
  };
}

function forward(state) {
  const { layer: k, unit: j } = focus(state);
  const { a_in, z, a_out } = state.steps[k - 1];
  const { W, b } = state.net[k - 1];
  const n = state.shown;
  const products = a_in[n].map((a, i) => times(short(a), short(W[i][j])));
  const cost = k === state.L ? ` The cost can be read now: C = ${exact(state.C)}.` : "";
  return {
    say: `Forward, layer ${k}: ${unitName(sizes(state.net), k, j)} weighs what comes in, adds its bias${verb(state.net[k - 1].act)}${ofExample(state)}.${cost}`,
    symbols: [`${sup("z", k)} = `, term("sum", `${sup("a", k - 1)} ${sup("W", k)} + ${sup("b", k)}`), ` , ${sup("a", k)} = `, term("act", `${sign(state, k)}(${sup("z", k)})`)],
    numbers: [term("sum", `${plus(products)} + ${bracket(short(b[j]))}`), ` = ${exact(z[n][j], 3)} , `, term("act", `${sign(state, k)}(${exact(z[n][j], 3)})`), " = ", term("result", exact(a_out[n][j]))],
    code: "forward", lit: "sum",
  };
}

function outputError(state) {
  const { layer: k, unit: j } = focus(state);
  const n = state.shown;
  const { z, a_out } = state.steps[k - 1];
  const answer = (costs[state.cost].answer ?? ((row) => row))(a_out[n])[j];
  const form = COST_SLOPES[state.cost];
  const slope = activations[state.net[k - 1].act].df(z[n][j], a_out[n][j]);
  return {
    say: `(1) Error of ${unitName(sizes(state.net), k, j)}: how the cost changes with a, times how a changes with z${ofExample(state)}.`,
    symbols: [`${sup("δ", k)} = `, term("error", "∂<i>C</i>/∂" + sup("a", k)), " ⊙ ", term("slope", `${sign(state, k)}′(${sup("z", k)})`), ` , ∂<i>C</i>/∂<i>a</i> = ${form.html}`],
    numbers: [term("error", form.numbers(exact(answer, 3), given(state.y[state.rows[n]][j]), state.rows.length)), " · ", term("slope", exact(slope, 3)), " = ", term("result", exact(state.grads[k - 1].delta[n][j]))],
    code: "output error", lit: "error",
  };
}

function hiddenError(state) {
  const { layer: k, unit: i } = focus(state);
  const n = state.shown;
  const { z, a_out } = state.steps[k - 1];
  const above = state.grads[k].delta[n];
  const slope = activations[state.net[k - 1].act].df(z[n][i], a_out[n][i]);
  const products = above.map((d, m) => times(small(d), short(state.net[k].W[i][m])));
  return {
    say: `(2) Error of ${unitName(sizes(state.net), k, i)}: each unit above sends its error back along the weight it came by${ofExample(state)}.`,
    symbols: [`${sup("δ", k)} = `, term("back", `${sup("δ", k + 1)} (${sup("W", k + 1)})<sup>T</sup>`), " ⊙ ", term("slope", `${sign(state, k)}′(${sup("z", k)})`)],
    numbers: [term("back", `( ${plus(products)} )`), " · ", term("slope", exact(slope, 3)), " = ", term("result", exact(state.grads[k - 1].delta[n][i]))],
    code: "hidden error", lit: "back",
  };
}

function gradientNumbers(state) {
  const [kind, k, i, j] = state.parameter;
  if (kind === "x") return [`∂<i>C</i>/∂<i>x</i> = ${plus(state.grads[0].delta[state.shown].map((d, m) => times(small(d), short(state.net[0].W[i][m]))))} = `];
  const { delta } = state.grads[k - 1];
  const { a_in } = state.steps[k - 1];
  const parts = kind === "W" ? delta.map((d, n) => times(short(a_in[n][i]), small(d[j]))) : delta.map((d) => bracket(small(d[i])));
  return [term(kind, few(parts, `${parts.length} examples`)), " = "];
}

function gradientRules(state) {
  const [kind, k] = state.parameter;
  const layer = kind === "x" ? 1 : k;
  const why = { W: "what came in along it, times the error it led to", b: "the error of its unit", x: "the errors sent back along its weights" }[kind];
  const examples = state.rows.length > 1 && kind !== "x" ? ", summed over the examples" : "";
  return {
    say: `${{ W: "(4)", b: "(3)", x: "(2)" }[kind]} The slope of C by ${parameterName(sizes(state.net), state.parameter)}: ${why}${examples}.`,
    symbols: [`∂<i>C</i>/∂${sup("b", layer)} = `, term("b", `Σ ${sup("δ", layer)}`), ` , ∂<i>C</i>/∂${sup("W", layer)} = `, term("W", `(${sup("a", layer - 1)})<sup>T</sup> ${sup("δ", layer)}`)],
    numbers: [...gradientNumbers(state), term("result", exact(state.slope))],
    code: "gradients", lit: kind,
  };
}

function updateRule(state) {
  const [kind, k] = state.parameter;
  const symbols = ["W", "b"].flatMap((name, m) => [m ? " , " : "", `<i>${name}</i> ← `, term(name, `<i>${name}</i> − <i>η</i> ∂<i>C</i>/∂<i>${name}</i>`)]);
  const shared = { symbols, code: "update", lit: kind };
  if (kind === "x" || state.before === null) return { ...shared, say: `Update: every weight and bias moved against its slope; C is now ${exact(state.C)}.`, numbers: [] };
  const old = { net: state.before.net, x: state.x };
  const was = gradients(old.net, state.rows.map((n) => state.x[n]), state.rows.map((n) => state.y[n]), state.cost);
  const slope = kind === "W" ? was.grads[k - 1].dW[state.parameter[2]][state.parameter[3]] : was.grads[k - 1].db[state.parameter[2]];
  return {
    ...shared,
    say: `Update: every weight and bias moves against its slope, and all is computed anew. C: ${exact(was.C)} → ${exact(state.C)}.`,
    numbers: [`<i>${letter(state.parameter)}</i> = `, term(kind, `${exact(read(old, state.parameter))} − ${exact(state.before.eta, 3)} · ${bracket(exact(slope, 3))}`), " = ", term("result", exact(read(state, state.parameter)))],
  };
}

const WORDS = { start, forward, "output error": outputError, "hidden error": hiddenError, gradients: gradientRules, update: updateRule };

export const words = (state) => WORDS[state.step](state);
