
// The live panel. It trains the network above and draws it; every number comes from there.
{
  const id = (name) => document.getElementById("live-" + name);
  // The points of each task: examples in columns, and their labels.
  const TASKS = {
    // as in the figure of the rows of W1
    and: () => ({ X: [[0, 0, 1, 1], [0, 1, 0, 1]], Y: [[0, 0, 0, 1]] }),
    // as in the figures of the borders
    xor: () => ({ X: [[1, 1, -1, -1], [1, -1, 1, -1]], Y: [[0, 1, 1, 0]] }),
    moons: () => {
      const each = 40;
      const upper = Array.from({ length: each }, (_, k) => {
        const angle = Math.PI * (k + 0.5) / each;
        const radius = 0.85 + 0.3 * ((k * 0.618033988749895) % 1);
        return [radius * Math.cos(angle) - 0.5, radius * Math.sin(angle) - 0.25];
      });
      return labelled([...upper, ...upper.map(([x, y]) => [-x, -y])], each);
    },
    circles: () => {
      const each = 24;
      const circle = (radius) => Array.from({ length: each }, (_, k) => {
        const angle = 2 * Math.PI * k / each;
        return [radius * Math.cos(angle), radius * Math.sin(angle)];
      });
      return labelled([...circle(1.2), ...circle(0.5)], each);
    },
  };
  const labelled = (points, each) => ({
    X: [0, 1].map((input) => points.map((point) => point[input])),
    Y: [points.map((_, k) => (k < each ? 0 : 1))],
  });

  const AT_A_TIME = 3000; // iterations until Play stops
  const LONGEST = 400; // points of a line
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let now, task, iteration, stride, history, frame = 0, drawnAt = 0;

  // A number of the controls; what is no number counts as the one the control began with.
  const numberOf = (name) => {
    const number = id(name).valueAsNumber;
    return Number.isFinite(number) ? number : Number(id(name).defaultValue);
  };
  const units = () => Number(id("units").value);
  const passed = () => forward(now, id("activation").value, task.X);
  const loss = () => meanLoss(passed(), task.Y);

  function reset() {
    stop();
    task = TASKS[id("task").value]();
    const shape = [2, units(), 1];
    now = initialise(id("start").value, numberOf("scale"), numberOf("seed"), shape);
    [iteration, stride, history] = [0, 1, []];
    id("scale").disabled = id("start").value === "zeros";
    id("seed").disabled = id("start").value !== "normal";
    record();
    draw();
    tell();
  }

  function record() {
    if (iteration % stride) return;
    history.push({ iteration, W1: now.W1, loss: loss() });
    if (history.length > LONGEST) {
      stride *= 2;
      history = history.filter((past) => past.iteration % stride === 0);
    }
  }

  // Whether the network can go on: its loss is a number.
  function train(steps) {
    for (let k = 0; k < steps; k++) {
      now = step(now, id("activation").value, task.X, task.Y, numberOf("rate"));
      iteration += 1;
      record();
    }
    return Number.isFinite(loss());
  }

  function advance(steps) {
    stop();
    train(steps);
    draw();
    tell();
  }

  function play() {
    if (frame) { stop(); tell(); return; }
    id("play").textContent = "Stop";
    const end = (Math.floor(iteration / AT_A_TIME) + 1) * AT_A_TIME;
    drawnAt = 0;
    const next = (time) => {
      frame = requestAnimationFrame(next);
      // who asks for less motion sees one picture a second
      if (calm.matches && time - drawnAt < 1000) return;
      drawnAt = time;
      const goesOn = train(Math.min(calm.matches ? 300 : 10, end - iteration));
      if (!goesOn || iteration >= end) { stop(); tell(); }
      draw();
    };
    frame = requestAnimationFrame(next);
  }

  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    id("play").textContent = "Play";
  }

  const shown = (x) => (Number.isFinite(x) ? String(Number(x.toPrecision(3))) : "not finite")
    .replace("-", "−");
  const right = () => passed().A2[0].filter((yHat, k) => (yHat > 0.5) === (task.Y[0][k] === 1))
    .length + " of " + task.Y[0].length;

  // In one sentence or two, said when something has come to rest and not at every frame.
  function tell() {
    const classes = twinClasses(now);
    const n = units();
    const moves = now.W1.some((row, i) => row.some((w, j) => w !== history[0].W1[i][j]));
    const twins = classes.length === n ? "No two of the " + n + " units are twins."
      : classes.length === 1 ? "All " + n + " units are twins. Together they are worth one."
        : "The " + n + " units form " + classes.length + " classes of twins.";
    const still = iteration > 0 && !moves ? " No weight of W1 has moved." : "";
    const lost = Number.isFinite(loss()) ? ""
      : " The loss is no longer finite. Choose a smaller rate or scale.";
    const said = "Iteration " + iteration + ": loss " + shown(loss()) + ", " + right()
      + " points right. " + twins + still + lost;
    id("summary").textContent = said;
    for (const name of ["network", "first", "second", "curve"]) {
      id(name).querySelector("desc").textContent = said;
    }
  }

  function draw() {
    const classes = twinClasses(now);
    id("iteration").textContent = iteration;
    id("loss").textContent = shown(loss());
    id("right").textContent = right();
    id("classes").textContent = classes.length + " for " + units() + " units";
    drawNetwork(classes);
    const past = history[history.length - 1].iteration === iteration ? history
      : [...history, { iteration, W1: now.W1, loss: loss() }];
    ["first", "second"].forEach((name, input) => drawLines(id(name), past, now.W1.map((_, i) => ({
      value: (of) => of.W1[i][input],
      look: "unit-" + classes.find((twins) => twins.includes(i))[0],
      // one label for all that are on the line
      words: classes.filter((twins) => twins[0] === i).map((twins) => namesOf(twins))[0] ?? "",
    }))));
    drawLines(id("curve"), past, [{ value: (of) => of.loss, look: "unit-0", words: "" }]);
  }

  const namesOf = (twins) => {
    const [first, last] = [twins[0] + 1, twins[twins.length - 1] + 1];
    if (twins.length === 1) return "unit " + first;
    const inARow = last - first === twins.length - 1;
    return "units " + (inARow ? first + "–" + last : twins.map((i) => i + 1).join(", "));
  };

  // An element of a picture with its attributes.
  const svg = (name, attributes, words) => {
    const made = document.createElementNS(id("network").namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (words !== undefined) made.textContent = words;
    return made;
  };

  function drawNetwork(classes) {
    const n = units();
    const x = [34, 170, 306];
    const at = (count, k) => 26 + 264 * (k + 0.5) / count;
    const marks = [];
    const line = (from, to, weight) => {
      const sign = weight > 0 ? "positive" : weight < 0 ? "negative" : "zero";
      const size = Math.abs(weight);
      const width = Number.isFinite(size) ? 1 + 7 * size / (1 + size) : 8;
      marks.push(svg("path", {
        "class": "weight " + sign, "stroke-width": width.toFixed(2),
        "d": "M" + from.map((c) => c.toFixed(1)).join(" ") + "L"
          + to.map((c) => c.toFixed(1)).join(" "),
      }));
    };
    const node = (place, words, look, letter) => {
      const [cx, cy] = place;
      marks.push(svg("circle", { "class": "node " + look, cx, cy, "r": 13 }));
      marks.push(svg("text", { x: cx, y: cy + 4, "text-anchor": "middle" }, words));
      if (letter) {
        marks.push(svg("text", { "class": "tick halo", x: cx + 15, y: cy - 9 }, letter));
      }
    };
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < 2; j++) line([x[0], at(2, j)], [x[1], at(n, i)], now.W1[i][j]);
      line([x[1], at(n, i)], [x[2], at(1, 0)], now.W2[0][i]);
    }
    for (let j = 0; j < 2; j++) node([x[0], at(2, j)], "x" + (j + 1), "");
    for (let i = 0; i < n; i++) {
      const of = classes.findIndex((twins) => twins.includes(i));
      node([x[1], at(n, i)], i + 1, "unit-" + classes[of][0], "ABCDEFGH"[of]);
    }
    node([x[2], at(1, 0)], "ŷ", "");
    id("network").querySelector("g").replaceChildren(...marks);
  }

  // The distance of about four ticks: 1, 2 or 5 times a power of ten.
  const tickStep = (span) => {
    const power = 10 ** Math.floor(Math.log10(span / 4));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= span / 5);
  };

  function drawLines(picture, past, series) {
    const [left, right, top, bottom] = [46, 262, 30, 262];
    const numbers = series.flatMap((one) => past.map(one.value)).filter(Number.isFinite);
    let [low, high] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
    if (high - low < 0.1) [low, high] = [low - 0.5, high + 0.5];
    const last = Math.max(iteration, 10);
    const x = (t) => left + (right - left) * t / last;
    const y = (v) => bottom - (bottom - top) * (v - low) / (high - low);
    const marks = [svg("path", { "class": "frame", "d": `M${left} ${top}V${bottom}H${right}` })];
    const each = tickStep(high - low);
    for (let k = Math.ceil(low / each); k <= high / each; k++) {
      const height = y(k * each).toFixed(1);
      marks.push(svg("path", { "class": "grid", "d": `M${left} ${height}H${right}` }));
      marks.push(svg("text", { "class": "tick", x: left - 6, y: Number(height) + 4,
        "text-anchor": "end" }, shown(k * each)));
    }
    for (let t = 0; t <= last; t += tickStep(last)) {
      marks.push(svg("text", { "class": "tick", x: x(t), y: bottom + 15,
        "text-anchor": "middle" }, t));
    }
    marks.push(svg("text", { "class": "label", x: (left + right) / 2, y: bottom + 32,
      "text-anchor": "middle" }, "iteration"));
    const ends = [];
    for (const { value, look, words } of series) {
      const finite = past.filter((of) => Number.isFinite(value(of)));
      const points = finite.map((of) => x(of.iteration).toFixed(1) + " " + y(value(of)).toFixed(1));
      // a line of one point is a dot
      const d = "M" + points.join("L") + (points.length === 1 ? "h0.1" : "");
      marks.push(svg("path", { "class": "unit-line " + look, d }));
      if (words && finite.length) ends.push({ words, at: y(value(finite[finite.length - 1])) });
    }
    // labels that would cover one another move down
    ends.sort((a, b) => a.at - b.at);
    ends.forEach((end, k) => { if (k) end.at = Math.max(end.at, ends[k - 1].at + 12); });
    for (const { words, at } of ends) {
      marks.push(svg("text", { "class": "tick", x: right + 6, y: (at + 4).toFixed(1) }, words));
    }
    picture.querySelector("g").replaceChildren(...marks);
  }

  id("controls").addEventListener("submit", (event) => event.preventDefault());
  // another rate goes on from here, everything else begins anew
  id("controls").addEventListener("change", (event) => {
    if (event.target !== id("rate")) reset();
  });
  id("play").addEventListener("click", play);
  id("step").addEventListener("click", () => advance(1));
  id("steps").addEventListener("click", () => advance(100));
  id("reset").addEventListener("click", reset);
  for (const sentence of document.querySelectorAll(".needs-script")) sentence.hidden = true;
  id("panel").hidden = false;
  reset();
}
