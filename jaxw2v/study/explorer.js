// The page of word vectors: a map, a search and the neighbors of a word, from #data (made by explorer.py). No network.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const WORDS = DATA.words;
const K = DATA.neighbors;
const PLACE = new Uint16Array(unpacked(DATA.place)); // x, y of each word; typed arrays of browsers are little-endian
const CLUSTER = new Uint8Array(unpacked(DATA.cluster));
const ROW = new Uint16Array(unpacked(DATA.row)); // K rows of each word
const COSINE = new Int16Array(unpacked(DATA.cosine));
const AT = new Map(WORDS.map((word, at) => [word, at]));
const PLAIN = WORDS.map(plain);
const X = new Float32Array(WORDS.length), Y = new Float32Array(WORDS.length); // on the screen, of the last drawing
const SUGGESTIONS = 10, FIRST = 20; // words
const CELL = 48; // pixels of the grid in which labels look for others

const byId = (id) => document.getElementById(id);
const canvas = byId("map");
const pen = canvas.getContext("2d");
const dark = matchMedia("(prefers-color-scheme: dark)");
const view = { x: 0, y: 0, scale: 1 }; // the place in the middle, pixels for a step of it
const state = { chosen: -1, over: -1, fit: 1, width: 0, height: 0, drawing: false, found: [], active: -1 };
const pointers = new Map(); // those that are down
let moved = 0; // pixels since the first was

function unpacked(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}

// Without case and accents.
function plain(word) {
  return word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s/gu, "_");
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const neighbors = (at) => Array.from({ length: K }, (_, k) => ({ at: ROW[at * K + k], cosine: COSINE[at * K + k] / 10000 }));
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// ---- the map

function later() {
  if (state.drawing) return;
  state.drawing = true;
  requestAnimationFrame(() => { state.drawing = false; draw(); });
}

function resize() {
  const box = byId("stage").getBoundingClientRect();
  const whole = state.width > 0 && view.scale === state.fit;
  Object.assign(state, { width: box.width, height: box.height });
  canvas.width = Math.round(box.width * devicePixelRatio);
  canvas.height = Math.round(box.height * devicePixelRatio);
  if (whole || view.scale === 1) fit();
  draw(); // at once: a canvas whose size was set is empty
}

function fit() {
  let right = 1, low = 1;
  for (let at = 0; at < WORDS.length; at++) { right = Math.max(right, PLACE[2 * at]); low = Math.max(low, PLACE[2 * at + 1]); }
  state.fit = Math.min((state.width - 60) / right, (state.height - 40) / low);
  Object.assign(view, { x: right / 2, y: low / 2, scale: state.fit });
  later();
}

// Zooms by a factor; the place below the point stays there.
function zoom(factor, x = state.width / 2, y = state.height / 2) {
  const scale = Math.min(Math.max(view.scale * factor, state.fit / 2), state.fit * 400);
  view.x += (x - state.width / 2) * (1 / view.scale - 1 / scale);
  view.y += (y - state.height / 2) * (1 / view.scale - 1 / scale);
  view.scale = scale;
  later();
}

function pan(x, y) {
  view.x -= x / view.scale;
  view.y -= y / view.scale;
  later();
}

// Moves, unless the word is in sight already, so that it is, with some of its neighbors.
function reveal(at) {
  const near = [at, ...neighbors(at).slice(0, 8).map((each) => each.at)];
  const apart = near.map((other) => Math.hypot(PLACE[2 * other] - PLACE[2 * at], PLACE[2 * other + 1] - PLACE[2 * at + 1])).sort((a, b) => a - b);
  const reach = Math.max(apart[Math.ceil(apart.length / 2)] ?? 0, 300);
  if (inside(at, -60) && view.scale * reach > 60) return;
  view.scale = Math.min(Math.max(view.scale, Math.min(state.width, state.height) / 3 / reach), state.fit * 12);
  Object.assign(view, { x: PLACE[2 * at], y: PLACE[2 * at + 1] });
  later();
}

function draw() {
  const { width, height, chosen, over } = state;
  const back = color("--back"), ink = color("--ink"), mark = color("--mark"), colors = dark.matches ? DATA.darkColors : DATA.colors;
  const faded = dark.matches ? 0.4 : 0.25; // what is neither the word nor near it
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, width, height);
  for (let at = 0; at < WORDS.length; at++) {
    X[at] = (PLACE[2 * at] - view.x) * view.scale + width / 2;
    Y[at] = (PLACE[2 * at + 1] - view.y) * view.scale + height / 2;
  }
  const side = Math.min(6, 2.2 * Math.sqrt(Math.sqrt(view.scale / state.fit)) * Math.min(1.6, Math.sqrt(3000 / WORDS.length) + 0.6));
  pen.globalAlpha = chosen < 0 ? 0.6 : faded;
  colors.forEach((fill, cluster) => {
    pen.fillStyle = fill;
    for (let at = 0; at < WORDS.length; at++) {
      if (CLUSTER[at] === cluster && inside(at, 0)) pen.fillRect(X[at] - side / 2, Y[at] - side / 2, side, side);
    }
  });
  const near = chosen < 0 ? [] : neighbors(chosen).map((each) => each.at);
  pen.strokeStyle = mark;
  pen.lineWidth = 1;
  for (const at of near) {
    pen.globalAlpha = 0.35;
    pen.beginPath(); pen.moveTo(X[chosen], Y[chosen]); pen.lineTo(X[at], Y[at]); pen.stroke();
  }
  const special = [chosen, over, ...near].filter((at) => at >= 0);
  pen.globalAlpha = 1;
  for (const at of special) {
    pen.fillStyle = colors[CLUSTER[at]];
    pen.beginPath(); pen.arc(X[at], Y[at], at === chosen ? 5 : 3.5, 0, 7); pen.fill();
  }
  if (chosen >= 0) { pen.beginPath(); pen.arc(X[chosen], Y[chosen], 8, 0, 7); pen.lineWidth = 2; pen.stroke(); }
  label(special, near, { back, ink, colors, faded });
}

const inside = (at, margin) => X[at] > -margin && Y[at] > -margin && X[at] < state.width + margin && Y[at] < state.height + margin;

// Writes words beside their dots, special ones first, then by frequency; one that would cover another is left out.
function label(special, near, { back, ink, colors, faded }) {
  const cells = new Map(), isNear = new Set(near), most = state.width * state.height / 3500;
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = back;
  let written = 0;
  const write = (at, must) => {
    const large = at === state.chosen;
    pen.font = `${large ? "600 15" : must || isNear.has(at) ? "600 13" : 12}px system-ui, sans-serif`;
    const wide = pen.measureText(WORDS[at]).width, high = large ? 18 : 15;
    const left = X[at] + 6 + wide > state.width && X[at] > state.width / 2 ? X[at] - 7 - wide : X[at] + (large ? 11 : 6);
    const box = [left - 2, Y[at] - high / 2, left + wide + 2, Y[at] + high / 2];
    const touched = [];
    for (let row = Math.floor(box[1] / CELL); row <= box[3] / CELL; row++) {
      for (let column = Math.floor(box[0] / CELL); column <= box[2] / CELL; column++) touched.push(`${row},${column}`);
    }
    const free = touched.every((cell) => (cells.get(cell) ?? []).every((other) =>
      box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]));
    if (!free && !must) return;
    for (const cell of touched) cells.set(cell, [...(cells.get(cell) ?? []), box]);
    pen.globalAlpha = state.chosen >= 0 && !special.includes(at) ? faded + 0.2 : 1;
    pen.strokeText(WORDS[at], left, Y[at]);
    pen.fillStyle = special.includes(at) ? ink : colors[CLUSTER[at]];
    pen.fillText(WORDS[at], left, Y[at]);
    written += 1;
  };
  for (const at of special) write(at, at === state.chosen || at === state.over);
  for (let at = 0; at < WORDS.length && written < most; at++) if (inside(at, 0) && !special.includes(at)) write(at, false);
  pen.globalAlpha = 1;
}

// The word whose dot is nearest to a point, -1: none within reach.
function hit(x, y, reach) {
  let best = -1, least = reach * reach;
  for (let at = 0; at < WORDS.length; at++) {
    const square = (X[at] - x) ** 2 + (Y[at] - y) ** 2;
    if (square < least) { best = at; least = square; }
  }
  return best;
}

function where(event) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  if (!pointers.size) moved = 0;
  pointers.set(event.pointerId, where(event));
});
canvas.addEventListener("pointermove", (event) => {
  const now = where(event), before = pointers.get(event.pointerId);
  if (!before) {
    hover(event.pointerType === "mouse" ? hit(now.x, now.y, 12) : -1);
    return;
  }
  const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
  moved += Math.hypot(now.x - before.x, now.y - before.y);
  if (other) {
    const apart = (at) => Math.max(Math.hypot(at.x - other.x, at.y - other.y), 1);
    zoom(apart(now) / apart(before), other.x, other.y);
  } else if (moved > 4) pan(now.x - before.x, now.y - before.y);
  pointers.set(event.pointerId, now);
});
canvas.addEventListener("pointerup", (event) => {
  const { x, y } = where(event);
  if (pointers.delete(event.pointerId) && !pointers.size && moved <= 4) {
    const at = hit(x, y, event.pointerType === "mouse" ? 14 : 24);
    if (at >= 0) choose(at);
  }
});
canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
canvas.addEventListener("pointerleave", () => hover(-1));
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { x, y } = where(event), pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
  zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
}, { passive: false });
canvas.addEventListener("keydown", (event) => {
  const does = {
    ArrowLeft: () => pan(60, 0), ArrowRight: () => pan(-60, 0), ArrowUp: () => pan(0, 60), ArrowDown: () => pan(0, -60),
    "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: fit, Escape: () => choose(-1),
  }[event.key];
  if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  does();
});
byId("in").addEventListener("click", () => zoom(1.5));
byId("out").addEventListener("click", () => zoom(1 / 1.5));
byId("all").addEventListener("click", fit);
dark.addEventListener("change", later);
new ResizeObserver(resize).observe(byId("stage"));

function hover(at) {
  if (at === state.over) return;
  state.over = at;
  canvas.style.cursor = at < 0 ? "grab" : "pointer";
  later();
}

// ---- the word

// Chooses a word, -1: none. The address names it, so that Back works and a link can be kept.
function choose(at) {
  show(at);
  const name = at < 0 ? "" : encodeURIComponent(WORDS[at]);
  if (location.hash.slice(1) !== name) location.hash = name;
}

function show(at) {
  state.chosen = at;
  byId("word").firstChild.textContent = at < 0 ? "Most frequent words" : WORDS[at];
  byId("rank").textContent = at < 0 ? "Choose one here, on the map or by the search."
    : `Word ${(at + 1).toLocaleString("en")} of ${WORDS.length.toLocaleString("en")} by frequency. Its ${K} nearest words, by cosine:`;
  byId("clear").hidden = at < 0;
  const first = Array.from({ length: Math.min(FIRST, WORDS.length) }, (_, other) => ({ at: other, cosine: null }));
  byId("near").replaceChildren(...(at < 0 ? first : neighbors(at)).map((each) => {
    const button = element("button", null, { type: "button" });
    button.append(element("bdi", WORDS[each.at]));
    if (each.cosine !== null) {
      const bar = element("span", null, { class: "bar" });
      bar.style.width = `${100 * Math.max(each.cosine, 0)}%`;
      button.append(element("span", each.cosine.toFixed(4), { class: "cosine" }), bar);
    }
    button.addEventListener("click", () => { go(each.at); byId("word").focus({ preventScroll: true }); });
    button.addEventListener("pointerenter", () => hover(each.at));
    button.addEventListener("pointerleave", () => hover(-1));
    const line = element("li", null);
    line.append(button);
    return line;
  }));
  byId("panel").scrollTop = 0;
  hover(-1);
  later();
}

function go(at) {
  choose(at);
  reveal(at);
}

function fromAddress() {
  let name = location.hash.slice(1);
  try { name = decodeURIComponent(name); } catch { /* not of ours */ }
  const at = AT.get(name) ?? -1;
  if (at === state.chosen) return;
  show(at);
  if (at >= 0) reveal(at);
}

byId("clear").addEventListener("click", () => choose(-1));
addEventListener("hashchange", fromAddress);

// ---- the search

// Words for what was typed: the same word, the same but for case and accents, those that begin so, those that have it.
function search(typed) {
  const sought = plain(typed.trim());
  if (!sought) return [];
  const kinds = [[], [], [], []];
  PLAIN.forEach((word, at) => {
    const place = word.indexOf(sought);
    if (place >= 0) kinds[WORDS[at] === typed.trim() ? 0 : word === sought ? 1 : place === 0 ? 2 : 3].push(at);
  });
  return kinds.flat().slice(0, SUGGESTIONS);
}

function suggest() {
  const typed = byId("query").value;
  state.found = search(typed);
  activate(state.found.length ? 0 : -1);
  const list = state.found.map((at, place) => {
    const line = element("li", null, { role: "option", id: `found${place}`, "aria-selected": place === 0 });
    line.append(element("bdi", WORDS[at]));
    line.addEventListener("pointerdown", (event) => { event.preventDefault(); take(place); });
    return line;
  });
  if (!list.length && typed.trim()) list.push(element("li", `not among the ${WORDS.length.toLocaleString("en")} words of this page`, { class: "none" }));
  byId("found").replaceChildren(...list);
  open(list.length > 0);
}

function open(on) {
  byId("found").hidden = !on;
  byId("query").setAttribute("aria-expanded", on);
  if (!on) byId("query").removeAttribute("aria-activedescendant");
}

function activate(place) {
  state.active = place;
  byId("found").querySelectorAll('[role="option"]').forEach((line, at) => {
    line.setAttribute("aria-selected", at === place);
    if (at === place) line.scrollIntoView({ block: "nearest" });
  });
  if (place >= 0) byId("query").setAttribute("aria-activedescendant", `found${place}`);
}

function take(place) {
  if (place < 0) return;
  byId("query").value = WORDS[state.found[place]];
  open(false);
  go(state.found[place]);
}

byId("query").addEventListener("input", suggest);
byId("query").addEventListener("focus", (event) => { event.target.select(); });
byId("query").addEventListener("blur", () => open(false));
byId("query").addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (steps) {
    event.preventDefault();
    if (byId("found").hidden) suggest();
    else if (state.found.length) activate((state.active + steps + state.found.length) % state.found.length);
  } else if (event.key === "Enter") {
    if (byId("found").hidden) suggest();
    take(state.active);
  } else if (event.key === "Escape") open(false);
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === byId("query") || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  byId("query").focus();
});

document.title = `${DATA.title} · jaxw2v explore`;
byId("title").textContent = DATA.title;
byId("summary").textContent = DATA.summary;
byId("how").textContent = `${DATA.layout} Neighbors and cosines are of the vectors themselves, among the words of this page. Colors: ten clusters of the vectors. Drag to move, wheel or pinch to zoom; with keys: / searches, arrows, + and − work on the map, 0 shows all of it.`;
show(-1);
resize();
fromAddress();
