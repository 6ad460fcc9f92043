// Numbers and names as the page writes them: a true minus sign, two digits in the picture, four in the table.

const minus = (text) => text.replace(/-/g, "−");

function decimals(v, n) {
  const text = v.toFixed(n);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

export function short(v) {
  const size = Math.abs(v);
  return minus(size >= 1e4 ? v.toExponential(0) : size >= 100 ? decimals(v, 0) : size >= 10 ? decimals(v, 1) : decimals(v, 2));
}

// A given number, as it was given where that is short: targets are mostly 0 and 1.
export const given = (v) => (Number.isInteger(v) && Math.abs(v) < 1e4 ? minus(String(v)) : short(v));

// An error or a slope is often small: three decimals, or two digits where three decimals would show nothing.
export function small(v) {
  const size = Math.abs(v);
  if (size >= 10) return short(v);
  return minus(size >= 0.001 || size === 0 ? decimals(v, 3) : v.toExponential(1));
}

export function exact(v, digits = 4) {
  const size = Math.abs(v);
  return minus(v === 0 ? "0" : size >= 1e5 || size < 1e-4 ? v.toExponential(digits - 1) : v.toPrecision(digits));
}

export const bracket = (text) => (text.startsWith("−") ? `(${text})` : text);

// What the learner typed: a comma or a true minus is fine; anything that is not one finite number is NaN.
export function typed(text) {
  const clean = text.trim().replace("−", "-").replace(",", ".");
  return clean === "" || !Number.isFinite(Number(clean)) ? NaN : Number(clean);
}

export function unitName(sizes, layer, unit) {
  if (sizes.length === 2 && layer === 1 && sizes[1] === 1) return "the neuron";
  if (layer === 0) return `input ${unit + 1}`;
  if (layer === sizes.length - 1) return `output ${unit + 1}`;
  return sizes.length === 3 ? `hidden ${unit + 1}` : `hidden ${layer}.${unit + 1}`;
}

export function parameterName(sizes, [kind, k, i, j]) {
  if (kind === "x") return `x, ${unitName(sizes, 0, i)}, of example ${k + 1}`;
  if (kind === "b") return `b of ${unitName(sizes, k, i)}`;
  return `w from ${unitName(sizes, k - 1, i)} to ${unitName(sizes, k, j)}`;
}

export const letter = ([kind]) => ({ W: "w", b: "b", x: "x" })[kind];

export function pythonName([kind, ...index]) {
  return kind === "x" ? `("x", ${index[1]})` : `("${kind}", ${index.join(", ")})`;
}
