
// Films: a slider over the frames of a figure.
for (const film of document.querySelectorAll(".film")) {
  const figure = film.closest("figure");
  const [slider, output, button] = film.querySelectorAll("input, output, button");
  const iterations = film.dataset.iterations.split(" ");
  const shots = [...figure.querySelectorAll("svg")].map((svg) => svg.querySelectorAll(".shot"));
  let timer = 0;

  const show = () => {
    const index = Number(slider.value);
    output.textContent = iterations[index];
    slider.setAttribute("aria-valuetext", "iteration " + iterations[index]);
    for (const frames of shots) {
      frames.forEach((frame, k) => frame.classList.toggle("now", k === index));
    }
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

// The claims: rows that match a text, a section and a verdict.
{
  const id = (name) => document.getElementById(name);
  const [text, section, verdict] = ["text", "section", "verdict"].map((it) => id("filter-" + it));
  const rows = [...document.querySelectorAll("#claims tbody tr")];
  const contents = rows.map((row) => row.textContent.toLowerCase());

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
    id("filter-count").textContent = shown + " of " + rows.length + " claims";
    id("nothing").hidden = shown > 0;
  };
  // A link to a claim has to find it, whatever the filter hides.
  const follow = () => {
    const row = location.hash && id(decodeURIComponent(location.hash.slice(1)));
    if (!row || !rows.includes(row)) return;
    if (row.hidden) { text.value = section.value = verdict.value = ""; filter(); }
    row.querySelector("details").open = true;
    row.scrollIntoView();
  };

  text.addEventListener("input", filter);
  for (const choice of [section, verdict]) choice.addEventListener("change", filter);
  id("filter").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  id("filter").hidden = false;
  filter();
  follow();
}
