"use strict";
const data = JSON.parse(document.getElementById("report-data").textContent);
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches);
dark.addEventListener("change", follow);
follow();

// Every cell is set as text, never as HTML.
const plain = DataTable.render.text();
const table = document.getElementById("trials");
const foot = table.createTFoot().insertRow();
for (const name of data.columns) {
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = "filter";
  input.setAttribute("aria-label", `Filter the column ${name}`);
  foot.insertCell().append(input);
}
const shown = new DataTable(table, {
  data: data.rows,
  columns: data.columns.map((name) => {
    const head = document.createElement("span");
    head.textContent = name;
    return { title: head.innerHTML, render: plain, defaultContent: "" };
  }),
  deferRender: true,
  autoWidth: false,
  pageLength: 25,
  order: [],
});
shown.columns().every(function () {
  const column = this;
  column.footer().querySelector("input").addEventListener("input", (event) => {
    column.search(event.target.value).draw();
  });
});

const choice = document.getElementById("search");
data.searches.forEach((search, place) => {
  choice.append(new Option(`${search.model} on ${search.dataset}`, place));
});
// Parallel coordinates in SVG, of the trials that the table's filters leave: an axis for each
// hyperparameter and one for the score, a line for each trial, coloured by its score.
const BINS = 24;
const quiet = (text) => String(text).replaceAll("<", "‹").replaceAll(">", "›"); // Plotly reads tags
const short = (text) => (text.length > 16 ? `${text.slice(0, 15)}…` : text);
const inOrder = (values) => [...new Set(values.map(String))].sort((x, y) => x - y || x.localeCompare(y));
function scale(values) {
  if (values.every((value) => typeof value === "number")) {
    const low = Math.min(...values);
    const high = Math.max(...values);
    const bend = low > 0 && high / low >= 50 ? Math.log10 : (value) => value;
    const place = (value) => (high > low ? (bend(value) - bend(low)) / (bend(high) - bend(low)) : 0.5);
    const distinct = [...new Set(values)].sort((x, y) => x - y);
    const ticks = distinct.length <= 7 ? distinct : [low, high];
    return { place, ticks: ticks.map((tick) => [place(tick), String(Number(tick.toPrecision(4)))]) };
  }
  const texts = inOrder(values);
  const place = (value) => (texts.length > 1 ? texts.indexOf(String(value)) / (texts.length - 1) : 0.5);
  return { place, ticks: texts.map((text) => [place(text), text]) };
}
function left(search) {
  const rows = shown.rows({ search: "applied" }).data().toArray();
  return new Set(rows.filter((row) => row[0] === search.dataset && row[1] === search.model).map((row) => row.at(-1)));
}
// A list of values for each hyperparameter of the search that is drawn. What is chosen there leaves
// in the table, and so in the picture, only the trials of this search that were given these values.
const lists = document.getElementById("values");
function choose() {
  const search = data.searches[Number(choice.value)];
  const wanted = [...lists.querySelectorAll("select")].map((list) => list.value);
  const some = wanted.some((value) => value !== "");
  const given = (trial) => wanted.every((value, i) => value === "" || String(search.values[i][trial]) === value);
  const ids = new Set(some ? search.trials.filter((_, trial) => given(trial)) : []);
  const leaves = (_, row) => row[0] === search.dataset && row[1] === search.model && ids.has(row.at(-1));
  shown.search.fixed("values", some ? leaves : null).draw();
}
function offer() {
  const search = data.searches[Number(choice.value)];
  lists.replaceChildren();
  search?.names.forEach((name, i) => {
    const pair = document.createElement("span");
    const label = document.createElement("label");
    const list = document.createElement("select");
    list.id = `value-${i}`;
    label.htmlFor = list.id;
    label.textContent = name;
    list.append(new Option("any", ""));
    for (const text of inOrder(search.values[i])) list.append(new Option(text, text));
    list.addEventListener("change", choose);
    pair.append(label, " ", list);
    lists.append(pair);
  });
}
function lines(search, scales, all) {
  const ids = left(search);
  const score = scales.at(-1);
  const bins = Array.from({ length: BINS }, () => ({ x: [], y: [], text: [] }));
  search.trials.forEach((id, trial) => {
    if (!ids.has(id)) return;
    const good = score.place(search.scores[trial]);
    const bin = bins[Math.min(BINS - 1, Math.floor((search.lower ? 1 - good : good) * BINS))];
    all.forEach((values, i) => {
      bin.x.push(i);
      bin.y.push(scales[i].place(values[trial]));
      bin.text.push(quiet(`${search.metric} ${search.scores[trial]}: ${search.names.map((name, j) => `${name}=${search.values[j][trial]}`).join(", ")}`));
    });
    bin.x.push(null);
    bin.y.push(null);
    bin.text.push("");
  });
  return bins.map((bin, i) => ({
    ...bin,
    mode: "lines+markers",
    hoverinfo: "text",
    marker: { size: 4 },
    line: { width: 1.4, color: `hsl(${260 - (240 * i) / (BINS - 1)} 75% ${72 - (32 * i) / (BINS - 1)}%)` },
  }));
}
function draw() {
  const search = data.searches[Number(choice.value)];
  if (!search) return;
  const box = document.getElementById("parallel");
  const all = [...search.values, search.scores];
  const scales = all.map(scale);
  const names = [...search.names, search.metric];
  const words = { xref: "x", yref: "y", showarrow: false };
  const annotations = scales.flatMap(({ ticks }, i) => [
    { ...words, x: i, y: 1.12, text: `<b>${quiet(short(names[i]))}</b>` },
    ...ticks.map(([y, text]) => ({ ...words, x: i, y, text: quiet(short(text)), xanchor: "right", xshift: -5, bgcolor: "rgba(255,255,255,0.75)" })),
  ]);
  const shapes = names.map((_, i) => ({ type: "line", x0: i, x1: i, y0: 0, y1: 1, line: { color: "#555", width: 1.2 } }));
  const hidden = { visible: false, fixedrange: true };
  const layout = {
    annotations,
    shapes,
    showlegend: false,
    hovermode: "closest",
    height: 384,
    width: Math.max(box.clientWidth - 2, 110 * names.length),
    margin: { l: 10, r: 10, t: 10, b: 10 },
    xaxis: { ...hidden, range: [-0.6, names.length - 0.6] },
    yaxis: { ...hidden, range: [-0.08, 1.2] },
  };
  Plotly.react(box, lines(search, scales, all), layout, { displayModeBar: false });
}
choice.addEventListener("change", () => {
  offer();
  choose();
});
offer();
let seen = false;
new IntersectionObserver((entries, observer) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  observer.disconnect();
  seen = true;
  draw();
}, { rootMargin: "400px" }).observe(document.getElementById("parallel"));
shown.on("draw", () => seen && draw());

let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((each) => (each.open = true));
});
window.addEventListener("afterprint", () => opened.forEach((each) => (each.open = false)));
