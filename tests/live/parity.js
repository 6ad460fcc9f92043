// Reads random nets as JSON from standard input and writes what network.js makes of them.
import { readFileSync } from "node:fs";
import { activations, curve, gradients, update } from "../../backprop/live/network.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const results = cases.map(({ net, x, y, cost, eta, parameter, values, z }) => {
  const { C, steps, grads } = gradients(net, x, y, cost);
  const state = { net, x, y, cost, rows: x.map((_, n) => n) };
  return {
    C,
    steps: steps.map(({ a_in, z, a_out }) => [a_in, z, a_out]),
    grads: grads.map(({ delta, dW, db }) => [delta, dW, db]),
    next: update(net, grads, eta).map(({ W, b }) => [W, b]),
    along: curve(state, parameter, values),
    functions: Object.values(activations).map(({ f, df }) => [z.map(f), z.map((v) => df(v, f(v)))]),
    kept: JSON.stringify({ net, x }),
  };
});
process.stdout.write(JSON.stringify(results));
