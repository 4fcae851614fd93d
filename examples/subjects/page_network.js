"use strict";

// The network of the report's page as a subject of `init-symmetry check`: docs/PROTOCOL.md.
//
//   init-symmetry check -- node examples/subjects/page_network.js
//
// Questions and answers only; all that is computed is in src/report/network.js, the file that the
// page has within it.

const network = require("../../src/report/network.js");
const readline = require("node:readline");

const HELLO = {
  protocol: 1,
  name: "the page's network",
  activations: Object.keys(network.ACTIVATIONS),
  losses: ["cross-entropy"],
  "hidden-layers": 1,
  abilities: ["predict", "step", "train", "initialise"],
  starts: ["zeros", "constant", "normal"],
};

const requireShape = (name, A, rows, columns) => {
  if (A.length !== rows || A.some((row) => row.length !== columns)) {
    const found = `${A.length}×${A[0]?.length}`;
    throw new RangeError(`${name} is ${found} but has to be ${rows}×${columns}`);
  }
};

// JSON has no NaN and no infinities: they are strings.
const read = (A) => A.map((row) => row.map((x) => Number(String(x).replace("inf", "Infinity"))));
const name = (x) => String(x).replace("Infinity", "inf");
const written = (A) => A.map((row) => row.map((x) => (Number.isFinite(x) ? x : name(x))));

function parametersOf({ parameters, network: { widths } }) {
  if (widths.length !== 3 || parameters.length !== 2) throw new RangeError("one hidden layer");
  const named = {};
  parameters.forEach(({ w, b }, l) => {
    named[`W${l + 1}`] = read(w);
    named[`b${l + 1}`] = read(b);
    requireShape(`w${l + 1}`, w, widths[l + 1], widths[l]);
    requireShape(`b${l + 1}`, b, widths[l + 1], 1);
  });
  return named;
}

const layers = ({ W1, b1, W2, b2 }) =>
  [[W1, b1], [W2, b2]].map(([w, b]) => ({ w: written(w), b: written(b) }));

function answer(asked) {
  if (asked.request === "hello") return HELLO;
  const { widths, hidden } = asked.network;
  if (asked.request === "initialise") {
    const { weights, scale, seed } = asked;
    return { parameters: layers(network.initialise(weights, scale, seed, widths)) };
  }
  let parameters = parametersOf(asked);
  const X = read(asked.x);
  const m = X[0].length;
  requireShape("x", X, widths[0], m);
  const passed = network.forward(parameters, hidden, X);
  if (asked.request === "predict") return { predictions: written(passed.A2) };
  const Y = read(asked.y);
  requireShape("y", Y, widths[2], m);
  if (asked.request === "evaluate") {
    const [loss] = written([[network.meanLoss(passed, Y)]])[0];
    const gradient = network.backward(parameters, hidden, X, Y, passed);
    return { loss, gradient: layers(gradient) };
  }
  const iterations = [];
  for (let k = 0; k < (asked.steps ?? 1); k++) {
    parameters = network.step(parameters, hidden, X, Y, asked.rate);
    iterations.push(layers(parameters));
  }
  return asked.request === "step" ? { parameters: iterations[0] } : { iterations };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let said;
  try {
    said = answer(JSON.parse(line));
  } catch (error) {
    said = { error: error.message };
  }
  process.stdout.write(JSON.stringify(said) + "\n");
});
