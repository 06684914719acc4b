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
const HEIGHT = 384;
const WORST = [176, 204, 232];
const BEST = [165, 55, 0];
const EDGE = { left: 90, right: 60, top: 56, bottom: 22 };
function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  if (text !== undefined) made.textContent = text;
  return made;
}
function draw() {
  const search = data.searches[Number(choice.value)];
  if (!search) return;
  const box = document.getElementById("parallel");
  const all = [...search.values, search.scores];
  const names = [...search.names, search.metric];
  const scales = all.map(scale);
  const width = Math.max(box.clientWidth - 2, 130 * names.length);
  const step = (width - EDGE.left - EDGE.right) / Math.max(1, names.length - 1);
  const x = (i) => EDGE.left + i * step;
  const y = (place) => EDGE.top + (1 - place) * (HEIGHT - EDGE.top - EDGE.bottom);
  const picture = shape("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` });
  const ids = left(search);
  const goodness = (trial) => {
    const place = scales.at(-1).place(search.scores[trial]);
    return search.lower ? 1 - place : place;
  };
  const trials = search.trials.map((_, trial) => trial).filter((trial) => ids.has(search.trials[trial]));
  trials.sort((one, other) => goodness(one) - goodness(other)); // the best are drawn last
  for (const trial of trials) {
    const good = goodness(trial);
    const points = all.map((values, i) => `${x(i).toFixed(1)},${y(scales[i].place(values[trial])).toFixed(1)}`);
    const stroke = `rgb(${WORST.map((worst, i) => Math.round(worst + good * (BEST[i] - worst))).join(" ")})`;
    const line = shape("polyline", { points: points.join(" "), stroke, fill: "none", "stroke-width": 1.4, class: "trial" });
    const given = search.names.map((name, i) => `${name}=${search.values[i][trial]}`).join(", ");
    line.append(shape("title", {}, `${search.metric} ${search.scores[trial]}: ${given}`));
    picture.append(line);
  }
  scales.forEach(({ ticks }, i) => {
    picture.append(shape("line", { x1: x(i), x2: x(i), y1: y(0), y2: y(1), class: "axis" }));
    picture.append(shape("text", { x: x(i), y: 24, class: "name" }, short(names[i])));
    ticks.forEach(([place, text]) => picture.append(shape("text", { x: x(i) - 6, y: y(place) + 4, class: "tick" }, short(text))));
  });
  box.replaceChildren(picture);
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
