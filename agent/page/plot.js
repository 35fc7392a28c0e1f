// The lag of each replica over the last minutes, as its own agent has measured it. Where it was not
// known the line is broken: unknown is not 0.

import { byId, el, reconcile, setAttribute, setText, svg } from "./dom.js";
import { describeAge, describeSeconds, describeSize } from "./words.js";

const SPAN = 300;  // seconds
const HEIGHT = 210;
const EDGE = { left: 58, right: 10, top: 10, bottom: 22 };

const UNITS = {
  seconds: { samples: "lag_seconds", limit: "lag_seconds_max", least: 1, describe: describeSeconds },
  bytes: { samples: "lag_bytes", limit: "lag_bytes_max", least: 1024, describe: describeSize },
};

const grid = svg("g", { class: "grid" });
const limitLine = svg("path", { class: "limit" });
const limitText = svg("text", { class: "limit-text" });
const lines = svg("g");
const cursor = svg("path", { class: "cursor" });
const plot = svg("svg", { role: "img", height: HEIGHT },
  grid, limitLine, limitText, lines, cursor);

let last = null;

// The next of 1, 2, 5, 10, 20, ... (of 1, 2, 4, ... for bytes) that is no smaller.
function niceTop(value, unit) {
  if (unit === "bytes") return 2 ** Math.ceil(Math.log2(value));
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

// [age in seconds, lag or null] of each sample, the oldest first.
function samplesOf(pod, unit, now) {
  const { recent } = pod;
  if (!recent) return [];
  const values = recent[UNITS[unit].samples];
  const newest = recent.age_seconds + (now - pod.receivedAt) / 1000;
  return values
    .map((value, i) => [newest + (values.length - 1 - i) * recent.step_seconds,
      value === null ? null : Math.max(0, value)])
    .filter(([age]) => age <= SPAN && age > -recent.step_seconds);
}

function pathOf(samples, x, y) {
  let path = "";
  let isDown = false;
  samples.forEach(([age, value], i) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const isAlone = !isDown && (samples[i + 1]?.[1] ?? null) === null;
    path += `${isDown ? "L" : "M"}${x(age).toFixed(1)} ${y(value).toFixed(1)}`;
    if (isAlone) path += "h.1";
    isDown = true;
  });
  return path;
}

function valueAt(samples, age, step) {
  const near = samples.filter(([then]) => Math.abs(then - age) <= step)
    .sort((a, b) => Math.abs(a[0] - age) - Math.abs(b[0] - age))[0];
  return near ? near[1] : null;
}

function drawGrid(width, top, unit) {
  const { left, right } = EDGE;
  const bottom = HEIGHT - EDGE.bottom;
  const steps = String(top).startsWith("5") ? 5 : 4;
  const parts = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const marks = parts.map((part) => ({
    key: `y${part}`, x: left - 8, y: bottom - part * (bottom - EDGE.top) + 4, anchor: "end",
    text: part === 0 ? "0" : UNITS[unit].describe(part * top),
    path: `M${left} ${bottom - part * (bottom - EDGE.top)}H${width - right}`,
  }));
  const step = width < 420 ? 2 : 1;
  for (let minute = 0; minute <= 5; minute += step) {
    const at = width - right - (minute * 60 / SPAN) * (width - left - right);
    marks.push({ key: `x${minute}`, x: at, y: HEIGHT - 4, path: "",
      anchor: minute === 0 ? "end" : "middle", text: minute === 0 ? "now" : `−${minute} min` });
  }
  reconcile(grid, marks, {
    key: (mark) => mark.key,
    make: () => svg("g", {}, svg("path"), svg("text")),
    renew: (group, mark) => {
      const [path, text] = group.children;
      setAttribute(path, "d", mark.path);
      for (const name of ["x", "y"]) setAttribute(text, name, String(mark[name]));
      setAttribute(text, "text-anchor", mark.anchor);
      setText(text, mark.text);
    },
  });
}

function drawLimit(view, unit, y, top) {
  const limit = view[UNITS[unit].limit];
  const isShown = limit > 0 && limit <= top;
  setAttribute(limitLine, "d", isShown ? `M${EDGE.left} ${y(limit)}H${plot.clientWidth || 2000}` : "");
  setText(limitText, isShown ? `ready up to ${UNITS[unit].describe(limit)}` : "");
  if (!isShown) return;
  setAttribute(limitText, "x", String(EDGE.left + 6));
  setAttribute(limitText, "y", String(y(limit) < EDGE.top + 14 ? y(limit) + 14 : y(limit) - 5));
}

// One line among many: while the pointer is over its name the others step back.
function choose(name) {
  setAttribute(lines, "class", name === "" ? "" : "some");
  for (const line of lines.children) line.classList.toggle("chosen", line.dataset.key === name);
}

function drawLegend(series, age, unit) {
  reconcile(byId("legend"), series, {
    key: ({ pod }) => pod.pod,
    make: ({ pod }) => {
      const item = el("li", {}, svg("svg", { width: 22, height: 6, "aria-hidden": "true" },
        svg("path", { d: "M1 3H21" })), el("b"), el("span"));
      item.addEventListener("pointerenter", () => choose(pod.pod));
      item.addEventListener("pointerleave", () => choose(""));
      return item;
    },
    renew: (item, { pod, samples }) => {
      const [swatch, name, value] = item.children;
      setAttribute(swatch.firstChild, "class", `line ${pod.stroke}`);
      setText(name, pod.pod);
      const then = valueAt(samples, age, pod.recent?.step_seconds ?? 2);
      const isNow = age === 0 && pod.error === undefined;
      const known = then === null ? "unknown" : UNITS[unit].describe(then);
      setText(value, isNow ? pod.cells.lag : known);
    },
  });
}

export function drawPlot(parent, view, now) {
  last = { parent, view };
  if (plot.parentNode !== parent) parent.append(plot);
  const unit = document.querySelector("input[name=unit]:checked").value;
  const width = Math.max(240, Math.floor(parent.clientWidth));
  const series = view.replicas.map((pod) => ({ pod, samples: samplesOf(pod, unit, now) }));
  const all = series.flatMap(({ samples }) => samples.map(([, value]) => value ?? 0));
  const top = niceTop(Math.max(UNITS[unit].least, ...all), unit);
  const x = (age) => width - EDGE.right - (age / SPAN) * (width - EDGE.left - EDGE.right);
  const y = (value) => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom);
  setAttribute(plot, "viewBox", `0 0 ${width} ${HEIGHT}`);
  setAttribute(plot, "width", String(width));
  const told = series.map(({ pod }) => `${pod.pod} ${pod.cells.lag}`).join("; ");
  setAttribute(plot, "aria-label", `Lag of each replica over five minutes. Now: ${told || "no replicas"}.`);
  drawGrid(width, top, unit);
  drawLimit(view, unit, y, top);
  reconcile(lines, series, {
    key: ({ pod }) => pod.pod,
    make: () => svg("path"),
    renew: (path, { pod, samples }) => {
      const isChosen = path.classList.contains("chosen");
      setAttribute(path, "class", `line ${pod.stroke}${isChosen ? " chosen" : ""}`);
      setAttribute(path, "d", pathOf(samples, x, y));
    },
  });
  const age = -Number(byId("scrub").value);
  setAttribute(cursor, "d", age === 0 ? "" : `M${x(age)} ${EDGE.top}V${HEIGHT - EDGE.bottom}`);
  setText(byId("scrub-text"), describeAge(age));
  setAttribute(byId("scrub"), "aria-valuetext", describeAge(age));
  drawLegend(series, age, unit);
}

// The pointer over the plot does what the slider does; when it leaves, it is now again.
export function listenToPlot(redraw) {
  const scrub = byId("scrub");
  scrub.addEventListener("input", redraw);
  for (const radio of document.querySelectorAll("input[name=unit]")) {
    radio.addEventListener("change", redraw);
  }
  const move = (age) => {
    scrub.value = String(-Math.min(SPAN - 2, Math.max(0, age)));
    redraw();
  };
  plot.addEventListener("pointermove", (event) => {
    if (!last) return;
    const bounds = plot.getBoundingClientRect();
    const width = bounds.width - EDGE.left - EDGE.right;
    move(SPAN * (bounds.right - EDGE.right - event.clientX) / width);
  });
  plot.addEventListener("pointerleave", () => move(0));
}
