// The mathematics, in the names of backprop.core and backprop.functions. Examples are rows; a matrix is a list of rows; no DOM here.
// tests/live/test_parity.py holds every line of it to NumPy.

const sigma = (z) => (z > 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

export const activations = {
  sigmoid: { sign: "σ", f: sigma, df: (z, a) => a * (1 - a) },
  tanh: { sign: "tanh", f: Math.tanh, df: (z, a) => 1 - a * a },
  identity: { sign: "id", f: (z) => z, df: () => 1 },
  relu: { sign: "relu", f: (z) => (z > 0 ? z : 0), df: (z) => (z > 0 ? 1 : 0) },
};

export function softmax(row) {
  const largest = Math.max(...row);
  const e = row.map((z) => Math.exp(z - largest));
  const total = sum(e);
  return e.map((v) => v / total);
}

export const sum = (list) => list.reduce((total, v) => total + v, 0);
const each = (a, y, f) => a.map((row, n) => row.map((v, j) => f(v, y[n][j])));
const squares = (a, y) => sum(each(a, y, (v, t) => (v - t) ** 2).map(sum));
const logSumExp = (row) => Math.max(...row) + Math.log(sum(row.map((z) => Math.exp(z - Math.max(...row)))));

// f(a, y) is C, df(a, y) is ∂C/∂a; the cost owns its 1/N and its ½. `answer` turns a row of logits into probabilities.
export const costs = {
  half_squared_error: { f: (a, y) => squares(a, y) / 2, df: (a, y) => each(a, y, (v, t) => v - t) },
  quadratic_cost: { f: (a, y) => squares(a, y) / (2 * a.length), df: (a, y) => each(a, y, (v, t) => (v - t) / a.length) },
  mean_squared_error: { f: (a, y) => squares(a, y) / a.length, df: (a, y) => each(a, y, (v, t) => (v - t) * (2 / a.length)) },
  softmax_cross_entropy: {
    f: (z, y) => sum(z.map((row, n) => sum(row.map((v, j) => y[n][j] * (logSumExp(row) - v))))),
    df: (z, y) => z.map((row, n) => softmax(row).map((p, j) => p * sum(y[n]) - y[n][j])),
    answer: softmax,
  },
  binary_cross_entropy: {
    f: (z, y) => sum(each(z, y, (v, t) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))) - t * v).map(sum)),
    df: (z, y) => each(z, y, (v, t) => sigma(v) - t),
    answer: (row) => row.map(sigma),
  },
};

export const transpose = (A) => A[0].map((_, j) => A.map((row) => row[j]));
export const product = (A, B) => A.map((row) => B[0].map((_, j) => row.reduce((total, v, i) => total + v * B[i][j], 0)));

export function forward(net, x) {
  const steps = [];
  let a = x;
  for (const { W, b, act } of net) {
    const z = product(a, W).map((row) => row.map((v, j) => v + b[j]));
    const a_out = z.map((row) => row.map(activations[act].f));
    steps.push({ a_in: a, z, a_out });
    a = a_out;
  }
  return steps;
}

// Last layer first, as in core; each Grad also carries da = ∂C/∂a_out, which the picture of (1) and (2) shows.
export function backward(net, steps, dC_da) {
  const grads = [];
  let da = dC_da;
  for (let k = net.length - 1; k >= 0; k--) {
    const { a_in, z, a_out } = steps[k];
    const { df } = activations[net[k].act];
    const delta = da.map((row, n) => row.map((v, j) => v * df(z[n][j], a_out[n][j]))); // (1), (2)
    grads.push({ da, delta, dW: product(transpose(a_in), delta), db: transpose(delta).map(sum) }); // (4), (3)
    da = product(delta, transpose(net[k].W)); // (2)
  }
  return grads;
}

export function gradients(net, x, y, cost) {
  const steps = forward(net, x);
  const a = steps[steps.length - 1].a_out;
  return { C: costs[cost].f(a, y), steps, grads: backward(net, steps, costs[cost].df(a, y)).reverse() };
}

export function update(net, grads, eta) {
  return net.map(({ W, b, act }, k) => ({
    W: W.map((row, i) => row.map((w, j) => w - eta * grads[k].dW[i][j])),
    b: b.map((v, j) => v - eta * grads[k].db[j]),
    act,
  }));
}

export function costAt(net, x, y, cost) {
  const steps = forward(net, x);
  return costs[cost].f(steps[steps.length - 1].a_out, y);
}

// A parameter is ["W", k, i, j] or ["b", k, j], k from 1; an input of example n is ["x", n, i].
export function read({ net, x }, [kind, k, i, j]) {
  if (kind === "x") return x[k][i];
  return kind === "W" ? net[k - 1].W[i][j] : net[k - 1].b[i];
}

// The same net and x with one number changed; whatever does not change is shared, nothing is overwritten.
export function write({ net, x }, [kind, k, i, j], value) {
  const put = (list, at, v) => list.map((old, n) => (n === at ? v : old));
  if (kind === "x") return { net, x: put(x, k, put(x[k], i, value)) };
  const layer = net[k - 1];
  const changed = kind === "W" ? { ...layer, W: put(layer.W, i, put(layer.W[i], j, value)) } : { ...layer, b: put(layer.b, i, value) };
  return { net: put(net, k - 1, changed), x };
}

// The slope of C by one parameter, from gradients that are there already.
export function slope({ net, grads }, [kind, k, i, j], row = k) {
  if (kind === "x") return sum(grads[0].delta[row].map((d, m) => d * net[0].W[i][m]));
  return kind === "W" ? grads[k - 1].dW[i][j] : grads[k - 1].db[i];
}

// C along one parameter, all else kept.
export function curve({ net, x, y, cost, rows }, parameter, values) {
  const targets = rows.map((n) => y[n]);
  return values.map((value) => {
    const moved = write({ net, x }, parameter, value);
    return costAt(moved.net, rows.map((n) => moved.x[n]), targets, cost);
  });
}

function* parameters(net) {
  for (const [m, { W, b }] of net.entries()) {
    for (const [i, row] of W.entries()) for (const [j, value] of row.entries()) yield { parameter: ["W", m + 1, i, j], value };
    for (const [j, value] of b.entries()) yield { parameter: ["b", m + 1, j], value };
  }
}

// The first parameter that is not finite, with its value, or null.
export const firstNonFinite = (net) => [...parameters(net)].find(({ value }) => !Number.isFinite(value)) ?? null;

export const largestParameter = (net) => [...parameters(net)].reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a)).parameter;
