// Asks /topology again and again, and draws what it says. One answer is all that is kept.

import { byId, setAttribute, setText } from "./dom.js";
import { drawAttention, drawEvents, drawLock, drawPods } from "./lists.js";
import { judge, understand } from "./model.js";
import { drawPicture } from "./picture.js";
import { drawPlot, listenToPlot } from "./plot.js";
import { describeAge } from "./words.js";

const EVERY = 1000;
const EVERY_WHILE_HIDDEN = 5000;
const AT_FIRST = 250;  // the other pods have only been asked then
const PATIENCE = 5000;

let view = null;
let trouble = "";
let answers = 0;
let timer = 0;

function drawLive() {
  const live = byId("live");
  if (!view) {
    setText(live, trouble || "not asked yet");
    setAttribute(live, "data-state", trouble ? "bad" : "wait");
    return;
  }
  const age = (Date.now() - view.receivedAt) / 1000;
  const isOld = age > 6 || trouble !== "";
  setAttribute(live, "data-state", isOld ? "bad" : "good");
  setText(live, isOld ? `${trouble || "no answer"}: as it was ${describeAge(age)}` : "live");
  document.body.classList.toggle("is-old", isOld);
}

function drawVerdict() {
  const verdict = judge(view);
  setAttribute(byId("verdict"), "data-state", verdict.state);
  setText(byId("headline"), verdict.headline);
  setText(byId("summary"), verdict.summary);
  const said = `${verdict.headline}. ${view.tasks.map((t) => `${t.pod}: ${t.title}`).join(". ")}`;
  setText(byId("announcer"), said);
  document.title = `${verdict.state === "good" ? "✓" : "!"} ${verdict.headline}`;
}

// At first the other pods have only just been asked: that they have not answered is no news.
function isAwaited() {
  return answers < 3 && view?.pods.some((pod) => pod.error === "is being asked");
}

function draw() {
  drawLive();
  if (!view || isAwaited()) return;
  const now = Date.now();
  byId("live-parts").hidden = false;
  drawVerdict();
  drawAttention(view, now);
  drawPicture(byId("picture"), view, now);
  drawPlot(byId("plot-area"), view, now);
  drawPods(view, now);
  drawLock(view);
  drawEvents(view, now);
}

async function fetchAll() {
  try {
    const answer = await fetch("topology",
      { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) return await answer.text();
    trouble = `this agent answers ${answer.status}`;
  } catch {
    trouble = "this agent does not answer";
  }
  return null;
}

function show(text) {
  try {
    view = understand(JSON.parse(text), Date.now());
    answers += 1;
    trouble = "";
    draw();
  } catch (error) {
    trouble = "its answer cannot be shown";
    console.error(error);
  }
}

async function ask() {
  clearTimeout(timer);
  const text = await fetchAll();
  if (text !== null) show(text);
  drawLive();
  const pause = document.hidden ? EVERY_WHILE_HIDDEN : answers < 3 ? AT_FIRST : EVERY;
  clearTimeout(timer);
  timer = setTimeout(ask, pause);
}

listenToPlot(draw);
byId("event-pod").addEventListener("change", draw);
byId("event-level").addEventListener("change", draw);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ask();
});
new ResizeObserver(draw).observe(byId("picture"));
setInterval(drawLive, 500);
ask();
