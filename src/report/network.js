"use strict";

// The network of the live panel: one hidden layer, written as the lesson writes it.
//
// It draws nothing and knows no page. `init-symmetry check` tests this very file:
// examples/subjects/page_network.js. Start at `forward`.
//
//   X    n_x × m   examples in columns        Z = W·X + b
//   W1   n_h × n_x, b1  n_h × 1               A = g(Z)
//   W2   n_y × n_h, b2  n_y × 1               loss: the mean of −y ln ŷ − (1 − y) ln(1 − ŷ)

// A matrix is a list of rows.
const transposed = (A) => A[0].map((_, j) => A.map((row) => row[j]));
const dot = (u, v) => u.reduce((sum, x, k) => sum + x * v[k], 0);
const product = (A, B) => {
  const columns = transposed(B);
  return A.map((row) => columns.map((column) => dot(row, column)));
};
const map = (f, A, B = A) => A.map((row, i) => row.map((x, j) => f(x, B[i][j])));
const plusColumn = (A, b) => A.map((row, i) => row.map((x) => x + b[i][0]));
const sumsOfRows = (A) => A.map((row) => [row.reduce((sum, x) => sum + x, 0)]);

// 1/(1 + e^−z), without a difference of numbers that are nearly equal.
const sigmoid = (z) => (z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z)));
// −y ln σ(z) − (1 − y) ln(1 − σ(z)) = ln(1 + e^z) − yz, which stays finite where σ(z) is 0 or 1
const crossEntropy = (z, y) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z;

// g(z), and its slope g'(z), for which a = g(z) is at hand.
const ACTIVATIONS = {
  "tanh": { g: Math.tanh, slope: (z, a) => 1 - a * a },
  "sigmoid": { g: sigmoid, slope: (z, a) => a * (1 - a) },
  "relu": { g: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  "leaky-relu": { g: (z) => (z > 0 ? z : z / 100), slope: (z) => (z > 0 ? 1 : 1 / 100) },
  "silu": { g: (z) => z * sigmoid(z), slope: (z, a) => sigmoid(z) + a * (1 - sigmoid(z)) },
  "identity": { g: (z) => z, slope: () => 1 },
};

function forward({ W1, b1, W2, b2 }, activation, X) {
  const Z1 = plusColumn(product(W1, X), b1);
  const A1 = map(ACTIVATIONS[activation].g, Z1);
  const Z2 = plusColumn(product(W2, A1), b2);
  const A2 = map(sigmoid, Z2);
  return { Z1, A1, Z2, A2 };
}

function backward({ W2 }, activation, X, Y, { Z1, A1, A2 }) {
  const m = X[0].length;
  const mean = (A) => map((sum) => sum / m, A);
  const dZ2 = map((yHat, y) => yHat - y, A2, Y);
  const dW2 = mean(product(dZ2, transposed(A1)));
  const db2 = mean(sumsOfRows(dZ2));
  const dA1 = product(transposed(W2), dZ2);
  const slopes = map(ACTIVATIONS[activation].slope, Z1, A1);
  const dZ1 = map((da, slope) => da * slope, dA1, slopes);
  const dW1 = mean(product(dZ1, transposed(X)));
  const db1 = mean(sumsOfRows(dZ1));
  return { W1: dW1, b1: db1, W2: dW2, b2: db2 };
}

function meanLoss({ Z2 }, Y) {
  const losses = map(crossEntropy, Z2, Y);
  return sumsOfRows(losses).reduce((sum, [ofRow]) => sum + ofRow, 0) / Y[0].length;
}

// One step of gradient descent, into new matrices.
function step(parameters, activation, X, Y, rate) {
  const slopes = backward(parameters, activation, X, Y, forward(parameters, activation, X));
  const moved = (name) => map((w, dw) => w - rate * dw, parameters[name], slopes[name]);
  return { W1: moved("W1"), b1: moved("b1"), W2: moved("W2"), b2: moved("b2") };
}

// Weights: "zeros", "constant" (all are `scale`) or "normal" (N(0, 1) times `scale`); zero biases.
function initialise(start, scale, seed, [inputs, units, outputs]) {
  const normal = normalNumbers(seed);
  const weight = { zeros: () => 0, constant: () => scale, normal: () => scale * normal() }[start];
  const matrix = (rows, columns, entry) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, entry));
  const W1 = matrix(units, inputs, weight);
  const W2 = matrix(outputs, units, weight);
  return { W1, b1: matrix(units, 1, () => 0), W2, b2: matrix(outputs, 1, () => 0) };
}

// Numbers of the distribution N(0, 1), the same for the same seed: Box and Muller's formula on
// the uniform numbers of the generator mulberry32.
function normalNumbers(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

// The classes of twins: lists of units that are equal, bit for bit, in incoming weights, bias and
// outgoing weights.
function twinClasses({ W1, b1, W2 }) {
  const classes = new Map();
  W1.forEach((row, unit) => {
    const owned = [...row, b1[unit][0], ...W2.map((weights) => weights[unit])];
    const key = owned.map((x) => x + 0).join(" ");
    classes.set(key, [...(classes.get(key) ?? []), unit]);
  });
  return [...classes.values()];
}

// For Node; a page has no modules.
if (typeof module !== "undefined") {
  module.exports = { ACTIVATIONS, forward, backward, meanLoss, step, initialise, twinClasses };
}
