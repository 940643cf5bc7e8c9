// The page of a report: filters, charts and tables of the runs in #data (made by page.py). No network.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const MEASURES = ["loss", "words_per_second", "seconds.training", "seconds.total"];
const LOG_FROM = 8; // largest value of a setting over its smallest from which its axis is logarithmic
const APART = 0.012; // of an axis, between the bars of two lines at one value
const dark = matchMedia("(prefers-color-scheme: dark)");
const state = { group: 0, score: null, x: null, color: null, row: null, column: null, log: false, off: {}, sort: null };
let runs = []; // of the group shown

const byId = (id) => document.getElementById(id);
const group = () => DATA.groups[state.group];
const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
const isNumber = (value) => typeof value === "number";

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function shown(value) {
  if (isNumber(value)) return Number.isInteger(value) ? String(value) : Math.abs(value) >= 1e5 ? value.toFixed(0) : String(+value.toPrecision(6));
  return typeof value === "string" ? value : Array.isArray(value) ? value.map(shown).join(", ") : JSON.stringify(value);
}

function order(one, other) {
  if (isNumber(one) && isNumber(other)) return one - other;
  return isNumber(one) ? -1 : isNumber(other) ? 1 : shown(one) < shown(other) ? -1 : shown(one) > shown(other) ? 1 : 0;
}

// The value of a run under a name: a setting, the seed, its configuration, a score or a measure.
function valueOf(run, name) {
  if (name === "seed") return run.seed;
  if (name === "configuration") return group().names[run.configuration] ?? "";
  if (name in run.scores) return run.scores[name];
  const value = run.result[name];
  return value === undefined ? null : value;
}

const label = (name) => group().short[name] ?? DATA.names[name] ?? name;
const axisLabel = (name) => group().axes[name] ?? label(name);
const colors = () => (dark.matches ? DATA.darkColors : DATA.colors);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const levels = (list, name) =>
  [...new Map(list.map((run) => [shown(valueOf(run, name)), valueOf(run, name)])).values()].sort(order);
const kept = () => runs.filter((run) =>
  Object.entries(state.off).every(([name, values]) => !values.has(shown(valueOf(run, name)))));

// Mean and interval over seeds of runs of one or more configurations, over the seeds that all of them have.
function interval(list) {
  const configurations = new Map();
  for (const run of list) {
    const value = valueOf(run, state.score);
    if (value === null || run.repeated) continue;
    if (!configurations.has(run.configuration)) configurations.set(run.configuration, new Map());
    configurations.get(run.configuration).set(run.seed, value);
  }
  const ours = [...configurations.values()];
  if (!ours.length) return null;
  const seeds = [...ours[0].keys()].filter((seed) => ours.every((values) => values.has(seed)));
  const means = seeds.map((seed) => ours.reduce((sum, values) => sum + values.get(seed), 0) / ours.length);
  const n = means.length;
  if (!n) return null;
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, reach: null, n };
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, reach: DATA.t[n] * Math.sqrt(variance / n), n };
}

function select(id, text, names, chosen, change) {
  const box = element("select", null, { id });
  for (const name of names) box.append(new Option(name === null ? "none" : label(name), name ?? "", false, name === chosen));
  box.addEventListener("change", () => { change(box.value === "" ? null : box.value); draw(); });
  const made = element("label", text + " ");
  made.append(box);
  return made;
}

function controls() {
  const { varied, scores } = group();
  const made = [];
  if (DATA.groups.length > 1) {
    const box = element("select", null, { id: "group" });
    DATA.groups.forEach((each, at) => box.append(new Option(each.title, at, false, at === state.group)));
    box.addEventListener("change", () => show(+box.value));
    const text = element("label", "group ");
    text.append(box);
    made.push(text);
  }
  made.push(select("score", "score", scores, state.score, (name) => { state.score = name; }));
  made.push(select("x", "against", [...varied, "configuration", "seed", ...MEASURES], state.x, (name) => {
    state.x = name;
    byId("log").checked = state.log = isWide(name);
  }));
  made.push(select("color", "color", [null, ...varied, "seed"], state.color, (name) => { state.color = name; }));
  if (state.grid && varied.length > 1) {
    made.push(select("row", "map: rows", varied, state.row, (name) => { state.row = name; }));
    made.push(select("column", "columns", varied, state.column, (name) => { state.column = name; }));
  }
  const log = element("input", null, { type: "checkbox", id: "log" });
  log.checked = state.log;
  log.addEventListener("change", () => { state.log = log.checked; draw(); });
  const text = element("label", null);
  text.append(log, " logarithmic");
  made.push(text);
  byId("controls").replaceChildren(...made);
}

function filters() {
  const made = [...group().varied, "seed"].filter((name) => levels(runs, name).length > 1).map((name) => {
    const field = element("fieldset", null, { "data-name": name });
    field.append(element("legend", label(name)));
    for (const value of levels(runs, name).map(shown)) {
      const box = element("input", null, { type: "checkbox", "data-value": value });
      box.checked = true;
      box.addEventListener("change", () => {
        state.off[name] = state.off[name] ?? new Set();
        if (box.checked) state.off[name].delete(value); else state.off[name].add(value);
        draw();
      });
      const text = element("label", null);
      text.append(box, ` ${value}`);
      field.append(text);
    }
    return field;
  });
  const all = element("button", "show all", { type: "button", id: "all" });
  all.addEventListener("click", () => { state.off = {}; filters(); draw(); });
  byId("filters").replaceChildren(...made, all);
}

// Whether the axis of these values is logarithmic at first.
function isWide(name) {
  const values = levels(runs, name);
  return group().varied.includes(name) && values.every((value) => isNumber(value) && value > 0) && values.at(-1) / values[0] >= LOG_FROM;
}

// Where line `number` of `lines` has a value: a little beside it, so that its bars cover no other ones.
function apart(value, seen, number, lines) {
  const shift = (number - (lines - 1) / 2) * APART;
  return state.log ? value * (seen.at(-1) / seen[0]) ** shift : value + shift * (seen.at(-1) - seen[0]);
}

const layout = (more) => ({
  font: { family: "system-ui, sans-serif", size: 12, color: css("--ink") }, margin: { l: 60, r: 15, t: 40, b: 50 },
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
  legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom" },
  hoverlabel: { bgcolor: css("--back"), bordercolor: css("--line"), font: { color: css("--ink") } },
  modebar: { bgcolor: "rgba(0,0,0,0)", color: css("--faint"), activecolor: css("--ink") }, ...more,
});
const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"] };
const axis = (title) => ({ title: { text: escaped(title) }, gridcolor: css("--grid"), linecolor: css("--line"), zeroline: false, automargin: true });

function drawCurve(list) {
  const measured = MEASURES.includes(state.x);
  const numeric = list.every((run) => isNumber(valueOf(run, state.x)));
  const seen = levels(list, state.x).filter(isNumber);
  const traces = [];
  const hues = state.color === null ? [null] : levels(list, state.color);
  const all = state.color === null ? [null] : levels(runs, state.color);
  hues.forEach((hue, number) => {
    const beside = numeric && !measured && state.x !== "seed";
    const place = (value) => (beside ? apart(value, seen, number, hues.length) : numeric ? value : escaped(shown(value)));
    const color = colors()[all.findIndex((each) => shown(each) === shown(hue)) % colors().length];
    const ours = hue === null && state.color === null ? list : list.filter((run) => shown(valueOf(run, state.color)) === shown(hue));
    const name = state.color === null ? "runs" : `${label(state.color)} ${shown(hue)}`;
    const here = ours.filter((run) => valueOf(run, state.score) !== null && valueOf(run, state.x) !== null);
    traces.push({
      x: here.map((run) => place(valueOf(run, state.x))), y: here.map((run) => valueOf(run, state.score)),
      customdata: here.map((run) => run.at), mode: "markers", type: "scatter", name: escaped(name), legendgroup: name,
      showlegend: measured || state.x === "seed",
      marker: { color: color, size: 8, opacity: beside && hues.length > 1 ? 0.4 : 0.55 },
      text: here.map((run) => [`<b>${escaped(run.name)}</b>`, ...group().varied.map((key) => `${escaped(label(key))}: ${escaped(shown(valueOf(run, key)))}`), `seed: ${run.seed}`, `${escaped(label(state.score))}: ${valueOf(run, state.score).toFixed(4)}`].join("<br>")),
      hovertemplate: "%{text}<extra></extra>",
    });
    if (measured || state.x === "seed") return;
    const at = levels(ours, state.x).map((value) => [value, interval(ours.filter((run) => shown(valueOf(run, state.x)) === shown(value)))]).filter(([, found]) => found);
    const band = numeric && hues.length === 1 && at.length > 1 && at.every(([, found]) => found.reach !== null);
    if (band) {
      const back = [...at].reverse();
      traces.unshift({
        x: [...at, ...back].map(([value]) => value), legendgroup: name, showlegend: false, hoverinfo: "skip",
        y: [...at.map(([, found]) => found.mean + found.reach), ...back.map(([, found]) => found.mean - found.reach)],
        mode: "lines", type: "scatter", fill: "toself", line: { width: 0, color: color }, fillcolor: `${color}22`,
      });
    }
    traces.push({
      x: at.map(([value]) => place(value)), y: at.map(([, found]) => found.mean),
      mode: state.x === "configuration" ? "markers" : "lines+markers", type: "scatter", name: escaped(name), legendgroup: name,
      line: { color: color, width: 2 }, marker: { color: color, symbol: "line-ew-open", size: 12 },
      error_y: { type: "data", visible: !band, array: at.map(([, found]) => found.reach ?? 0), color: color, thickness: 1.4, width: 5 },
      text: at.map(([, found]) => `mean ${found.mean.toFixed(4)}${found.reach === null ? ", one seed" : ` ± ${found.reach.toFixed(4)}`} (${found.n} seed${found.n > 1 ? "s" : ""})`),
      hovertemplate: "%{text}<extra></extra>",
    });
  });
  const x = { ...axis(axisLabel(state.x)), type: numeric ? (state.log ? "log" : "linear") : "category" };
  if (numeric && !measured && seen.length <= 12) Object.assign(x, { tickmode: "array", tickvals: seen, ticktext: seen.map(shown) });
  Plotly.react("curve", traces, layout({ xaxis: x, yaxis: axis(label(state.score)), showlegend: state.color !== null }), CONFIG);
}

function drawMap(list) {
  const drawn = state.grid && group().varied.length > 1 && state.row !== state.column;
  byId("map").hidden = !drawn;
  if (!drawn) return;
  const rows = levels(list, state.row);
  const columns = levels(list, state.column);
  const cells = rows.map((row) => columns.map((column) => interval(list.filter((run) =>
    shown(valueOf(run, state.row)) === shown(row) && shown(valueOf(run, state.column)) === shown(column)))));
  const text = cells.map((line) => line.map((cell) => (cell ? cell.mean.toFixed(3) : "")));
  const hover = cells.map((line, i) => line.map((cell, j) => (cell ? `${escaped(label(state.row))} ${escaped(shown(rows[i]))}, ${escaped(label(state.column))} ${escaped(shown(columns[j]))}<br>mean ${cell.mean.toFixed(4)}${cell.reach === null ? "" : ` ± ${cell.reach.toFixed(4)}`} (${cell.n} seeds)` : "")));
  const trace = {
    type: "heatmap", x: columns.map((each) => escaped(shown(each))), y: rows.map((each) => escaped(shown(each))),
    z: cells.map((line) => line.map((cell) => (cell ? cell.mean : null))),
    text, texttemplate: "%{text}", hovertext: hover, hovertemplate: "%{hovertext}<extra></extra>",
    xgap: 2, ygap: 2, colorscale: dark.matches ? [[0, "#1d2733"], [1, "#3e76b5"]] : [[0, "#f4f8fc"], [1, "#79abe2"]], showscale: false,
    textfont: { color: dark.matches ? "#fff" : "#222" }, // dark on all of the scale, or light
  };
  const category = (name) => ({ ...axis(axisLabel(name)), type: "category" });
  const title = { text: escaped(`mean ${label(state.score)}`), font: { size: 12 }, x: 0.5, xanchor: "center" };
  const bare = (name) => ({ ...category(name), showgrid: false });
  Plotly.react("map", [trace], layout({ xaxis: bare(state.column), yaxis: { ...bare(state.row), autorange: "reversed" }, title }), CONFIG);
}

function drawRuns(list) {
  const columns = ["run", ...group().varied, "seed", ...group().scores, "seconds.total"];
  const cell = (run, name) => (name === "run" ? run.name : valueOf(run, name));
  const head = element("tr", null);
  for (const name of columns) {
    const mark = state.sort && state.sort.name === name ? (state.sort.down ? " ↓" : " ↑") : "";
    const made = element("th", label(name) + mark, { title: name, ...(isNumber(cell(list[0] ?? { scores: {}, result: {} }, name)) ? { class: "number" } : {}) });
    made.addEventListener("click", () => {
      state.sort = { name, down: Boolean(state.sort && state.sort.name === name && !state.sort.down) };
      drawRuns(kept());
    });
    head.append(made);
  }
  const sorted = [...list];
  if (state.sort) sorted.sort((one, other) => (state.sort.down ? -1 : 1) * order(cell(one, state.sort.name), cell(other, state.sort.name)));
  byId("runs").querySelector("thead").replaceChildren(head);
  byId("runs").querySelector("tbody").replaceChildren(...sorted.map((run) => {
    const line = element("tr", null, { "data-run": run.name, tabindex: "0" });
    if (state.chosen === run.name) line.classList.add("chosen");
    for (const name of columns) {
      const value = cell(run, name);
      const score = group().scores.includes(name) && isNumber(value);
      const text = value === null ? "" : score ? value.toFixed(4) : name === "seconds.total" ? value.toFixed(1) : shown(value);
      line.append(element("td", text, isNumber(value) ? { class: "number" } : {}));
    }
    line.addEventListener("click", () => choose(run));
    line.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(run); });
    return line;
  }));
}

function choose(run) {
  state.chosen = run.name;
  byId("chosen").textContent = `Run ${run.name}`;
  const command = element("code", run.command ?? "The command is not recorded.");
  byId("cause").replaceChildren(command, run.repeated ? " repeats a configuration and seed: in no statistic" : "");
  const varied = new Set([...group().varied, "seed"]);
  const keys = Object.keys(run.result);
  byId("run").replaceChildren(...[...keys.filter((key) => varied.has(key)), ...keys.filter((key) => !varied.has(key))].map((key) => {
    const line = element("tr", null, varied.has(key) ? { class: "varied" } : {});
    line.append(element("td", key), element("td", shown(run.result[key])));
    return line;
  }));
  for (const line of byId("runs").querySelectorAll("tbody tr")) line.classList.toggle("chosen", line.dataset.run === run.name);
}

function drawTables() {
  byId("tables").replaceChildren(...group().tables.map((each) => {
    const made = element("details", null, each.rows.length <= 60 ? { open: "" } : {});
    made.append(element("summary", each.title), element("p", each.remark, { class: "remark" }));
    const table = element("table", null);
    const head = element("tr", null);
    const right = each.columns.map((_, at) => each.rows.every((row) => /^(|no score|more than .*|[<\d+−-].*)$/.test(row[at])) && each.rows.some((row) => row[at]));
    const cell = (tag, text, at) => element(tag, text, right[at] && each.columns[at] ? { class: "number" } : {});
    head.append(...each.columns.map((name, at) => cell("th", name, at)));
    table.append(head, ...each.rows.map((row) => {
      const line = element("tr", null);
      line.append(...row.map((text, at) => cell("td", text, at)));
      return line;
    }));
    const scroll = element("div", null, { class: "scroll" });
    scroll.append(table);
    made.append(scroll);
    return made;
  }));
}

function draw() {
  const list = kept();
  byId("count").textContent = `showing ${list.length} of ${runs.length} runs`;
  drawMap(list); // first: the width of the curve depends on whether the map is drawn
  drawCurve(list);
  drawRuns(list);
}

function show(at) {
  const { varied, scores, title, remarks, names, short } = DATA.groups[at];
  runs = DATA.groups[at].runs.map((run, place) => ({ ...run, at: place }));
  const numeric = varied.filter((name) => runs.every((run) => isNumber(run.result[name])));
  const x = numeric[0] ?? varied[0] ?? "seed";
  const others = varied.filter((name) => name !== x);
  const full = varied.reduce((product, name) => product * new Set(runs.map((run) => shown(run.result[name]))).size, 1);
  const grid = full === names.length; // else a line through all values would join runs that differ in other settings, too
  Object.assign(state, {
    group: at, grid, score: scores[0], x: grid ? x : "configuration", color: grid ? others[0] ?? null : null,
    row: varied[0] ?? null, column: varied[1] ?? null, off: {}, sort: null, chosen: null,
  });
  state.log = isWide(state.x);
  const seeds = new Set(runs.map((run) => run.seed)).size;
  const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  byId("summary").textContent = [count(runs.length, "run"), count(names.length, "configuration"), count(seeds, "seed"), title,
    varied.length ? `varied: ${varied.map((name) => short[name]).join(", ")}` : "nothing varies but the seed"].join(" · ");
  byId("remarks").replaceChildren(...remarks.map((text) => element("li", text)));
  byId("how").textContent = `Dots are runs; dashes are means, bands or bars their ${DATA.confidence} intervals over seeds (a seed's value is its mean over the configurations shown). Hover for a run, click it for its settings. Filters apply to the charts and to the list of runs; the tables below are of all runs.`;
  byId("chosen").textContent = "No run chosen";
  byId("run").replaceChildren();
  controls();
  filters();
  draw();
  drawTables();
}

show(0);
dark.addEventListener("change", draw);
byId("curve").on("plotly_click", (event) => {
  const at = event.points[0].customdata;
  if (at !== undefined) choose(runs[at]);
});
