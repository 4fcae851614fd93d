
const byId = (id) => document.getElementById(id);

// Films: a slider over the frames of a figure.
for (const film of document.querySelectorAll(".film")) {
  const figure = film.closest("figure");
  const [slider, output, button] = film.querySelectorAll("input, output, button");
  const iterations = film.dataset.iterations.split(" ");
  const pictures = [...figure.querySelectorAll("svg[role=img]")];
  const shots = pictures.map((svg) => svg.querySelectorAll(".shot"));
  let timer = 0;

  const show = () => {
    const index = Number(slider.value);
    output.textContent = iterations[index];
    slider.setAttribute("aria-valuetext", "iteration " + iterations[index]);
    shots.forEach((frames, picture) => {
      frames.forEach((frame, k) => frame.classList.toggle("now", k === index));
      pictures[picture].querySelector("desc").textContent = frames[index].dataset.desc;
    });
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "Play";
  };
  const next = () => {
    slider.value = Number(slider.value) + 1;
    show();
    if (slider.value === slider.max) stop();
  };

  slider.addEventListener("input", () => { stop(); show(); });
  button.addEventListener("click", () => {
    if (timer) { stop(); return; }
    if (slider.value === slider.max) { slider.value = 0; show(); }
    button.textContent = "Stop";
    timer = setInterval(next, 450);
  });
  film.hidden = false;
  show();
}

// Numbers: a plot tells those nearest to the pointer, or to a line that the arrow keys move.
for (const table of document.querySelectorAll("svg > metadata")) {
  const svg = table.parentElement;
  const [left, right, top, bottom] = table.dataset.box.split(" ").map(Number);
  const [kind, low, high] = table.dataset.scale.split(" ");
  const series = table.textContent.trim().split("\n").map((line) => {
    const [name, points] = line.split("\t");
    return [name, new Map(points.split(" ").map((point) => point.split(":")))];
  });
  const xs = [...new Set(series.flatMap(([, values]) => [...values.keys()]))];
  const number = (x) => (kind === "log" ? Math.log10(Number(x)) : Number(x));
  const place = (x) => left
    + (right - left) * Math.max((number(x) - Number(low)) / (Number(high) - Number(low)), 0);
  xs.sort((a, b) => Number(a) - Number(b));

  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("class", "cursor");
  const told = document.createElement("p");
  told.className = "told";
  const box = document.createElement("div");
  box.className = "telling";
  svg.replaceWith(box);
  box.append(svg, told);
  let at = -1;

  const tell = (k, aloud) => {
    at = k;
    line.setAttribute("d", `M${place(xs[k])} ${top}V${bottom}`);
    svg.append(line);
    const values = series.filter(([, values]) => values.has(xs[k]))
      .map(([name, values]) => name + ": " + values.get(xs[k]));
    // said aloud where the keyboard asks for it, not at every move of a pointer
    told.setAttribute("aria-live", aloud ? "polite" : "off");
    told.textContent = table.dataset.x + " " + xs[k].replace("-", "−") + ". "
      + values.join(", ") + ".";
  };
  const forget = () => { at = -1; line.remove(); told.textContent = ""; };

  svg.addEventListener("pointermove", (event) => {
    const { a: scale, e: origin } = svg.getScreenCTM();
    const x = (event.clientX - origin) / scale;
    const far = (k) => Math.abs(place(xs[k]) - x);
    tell(xs.reduce((best, _, k) => (far(k) < far(best) ? k : best), 0), false);
  });
  svg.addEventListener("pointerleave", () => { if (document.activeElement !== svg) forget(); });
  svg.addEventListener("focus", () => { if (at < 0) tell(xs.length >> 1, true); });
  svg.addEventListener("blur", forget);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -xs.length, End: xs.length }[event.key];
    if (!step) return;
    event.preventDefault();
    tell(Math.min(Math.max(at + step, 0), xs.length - 1), true);
  });
  svg.tabIndex = 0;
}

// The claims: rows that match a text, a section and a verdict. The address keeps the choice.
{
  const fields = ["text", "section", "verdict"];
  const controls = fields.map((field) => byId("filter-" + field));
  const [text, section, verdict] = controls;
  const rows = [...document.querySelectorAll("#claims tr[data-verdict]")];
  const contents = rows.map((row) => row.textContent.toLowerCase());
  const PREFIX = "#filter?";

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, k) => {
      const matches = words.every((word) => contents[k].includes(word))
        && (!section.value || row.dataset.section === section.value)
        && (!verdict.value || row.dataset.verdict === verdict.value);
      row.hidden = !matches;
      shown += matches ? 1 : 0;
    });
    for (const body of document.querySelectorAll("#claims tbody")) {
      body.hidden = !body.querySelector("tr[data-verdict]:not([hidden])");
    }
    byId("filter-count").textContent = shown + " of " + rows.length + " claims";
    byId("nothing").hidden = shown > 0;
  };
  const keep = () => {
    filter();
    const chosen = new URLSearchParams();
    controls.forEach((control, k) => { if (control.value) chosen.set(fields[k], control.value); });
    const address = chosen.size ? PREFIX + chosen : "#all-claims";
    history.replaceState(null, "", address);
  };
  // A link to a claim has to find it, whatever the filter hides.
  const follow = () => {
    if (location.hash.startsWith(PREFIX)) {
      const chosen = new URLSearchParams(location.hash.slice(PREFIX.length));
      controls.forEach((control, k) => { control.value = chosen.get(fields[k]) ?? ""; });
      filter();
      byId("all-claims").scrollIntoView();
      return;
    }
    const row = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    if (!row || !rows.includes(row)) return;
    if (row.hidden) { text.value = section.value = verdict.value = ""; filter(); }
    row.querySelector("details").open = true;
    row.scrollIntoView();
  };

  text.addEventListener("input", keep);
  for (const choice of [section, verdict]) choice.addEventListener("change", keep);
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  byId("filter").hidden = false;
  filter();
  follow();
}

// The presentation: one figure a screen, and before it the question, so that the audience can
// predict the answer. The address of a figure is #present-1, #present-2, ….
{
  const slides = [...document.querySelectorAll(".slide")];
  const PREFIX = "#present-";
  const root = document.documentElement;
  const isOn = () => root.classList.contains("presenting");
  let at = 0;

  // While the question of a slide is closed, the style sheet hides what answers it.
  const question = () => slides[at].querySelector(".predict");
  const isAsking = () => slides[at].id !== "live-slide" && !question().open;
  const mark = () => { byId("stage-next").disabled = at === slides.length - 1 && !isAsking(); };
  const show = (k, isAnswered) => {
    at = Math.min(Math.max(k, 0), slides.length - 1);
    slides.forEach((slide, place) => slide.classList.toggle("now", place === at));
    question().open = isAnswered;
    byId("stage-place").textContent = (at + 1) + " of " + slides.length;
    byId("stage-back").disabled = at === 0;
    mark();
    history.replaceState(null, "", PREFIX + (at + 1));
    scrollTo(0, 0);
  };
  const forward = () => {
    if (isAsking()) question().open = true;
    else if (at < slides.length - 1) show(at + 1, false);
  };
  const back = () => { if (at > 0) show(at - 1, true); };
  const enter = (k, isAnswered) => {
    root.classList.add("presenting");
    byId("stage").hidden = false;
    show(k, isAnswered);
  };
  const leave = () => {
    root.classList.remove("presenting");
    byId("stage").hidden = true;
    slides[at].scrollIntoView();
    history.replaceState(null, "", "#" + slides[at].id);
    byId("present").focus({ preventScroll: true });
  };
  // The first slide of which something is in view.
  const nearest = () => {
    const k = slides.findIndex((slide) => slide.getBoundingClientRect().bottom > innerHeight / 3);
    return Math.max(k, 0);
  };
  const follow = () => {
    if (!location.hash.startsWith(PREFIX)) return;
    enter(Number(location.hash.slice(PREFIX.length)) - 1 || 0, true);
  };

  byId("present").addEventListener("click", () => {
    enter(nearest(), false);
    byId("stage-next").focus();
  });
  byId("stage-back").addEventListener("click", back);
  byId("stage-next").addEventListener("click", forward);
  for (const it of document.querySelectorAll(".predict")) it.addEventListener("toggle", mark);
  byId("stage-leave").addEventListener("click", leave);
  addEventListener("hashchange", follow);
  addEventListener("keydown", (event) => {
    // the arrow keys of a control, and of a plot that tells its numbers, are its own
    if (!isOn() || event.defaultPrevented || event.target.matches("input, select")) return;
    const step = { ArrowRight: forward, PageDown: forward, ArrowLeft: back, PageUp: back };
    if (step[event.key]) { event.preventDefault(); step[event.key](); }
    if (event.key === "Escape") leave();
  });
  byId("present").hidden = false;
  follow();
}

// On paper everything is open.
{
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const it of opened) it.open = true;
  });
  addEventListener("afterprint", () => { for (const it of opened) it.open = false; });
}
