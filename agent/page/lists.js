// What is read in lines: what needs attention, the pods, the lock, the events.

import { byId, el, reconcile, setAttribute, setText } from "./dom.js";
import { mergeEvents } from "./model.js";
import { clock, describeAge } from "./words.js";

const COLUMNS = ["pod", "role", "ready", "link", "lag", "contact", "keys", "version", "heard",
  "reason"];
const EVENTS_SHOWN = 200;

export function drawAttention(view, now) {
  byId("attention").hidden = view.tasks.length === 0;
  reconcile(byId("attention-list"), view.tasks, {
    key: ({ pod, title, text }) => `${pod} ${title} ${title === "warning" ? text : ""}`,
    make: () => el("li", {}, el("h3", {}, el("b"), el("code")), el("p"), el("p", { class: "advice" })),
    renew: (item, task) => {
      const [head, text, advice] = item.children;
      setAttribute(item, "class", task.level);
      setText(head.children[0], task.pod);
      setText(head.children[1], task.title);
      const since = task.heard === null ? ". It has not been heard yet."
        : task.heard === undefined ? ""
          : `. Heard last ${describeAge(task.heard + (now - view.receivedAt) / 1000)}.`;
      setText(text, `${task.text}${since}`);
      const situation = task.situation ? ` The decision would be about: ${task.situation}.` : "";
      setText(advice, task.advice ? `${task.advice}${situation}` : "");
      advice.hidden = !task.advice;
    },
  });
}

function cellsOf(pod, now) {
  const heard = pod.heard_seconds === undefined ? "never"
    : describeAge((now - pod.receivedAt) / 1000);
  return { ...pod.cells, heard };
}

export function drawPods(view, now) {
  reconcile(byId("pod-rows"), view.pods, {
    key: ({ pod }) => pod,
    make: () => el("tr", {}, el("th", { scope: "row" }),
      ...COLUMNS.slice(1).map((name) => el("td", { "data-label": name }))),
    renew: (row, pod) => {
      const cells = cellsOf(pod, now);
      setAttribute(row, "class", pod.state);
      COLUMNS.forEach((name, i) => {
        setText(row.children[i], cells[name]);
        setAttribute(row.children[i], "class", `cell-${name}`);
      });
    },
  });
}

export function drawLock(view) {
  const told = view.pods.filter((pod) => pod.lock);
  byId("lock").hidden = told.length === 0;
  if (told.length === 0) return;
  const newest = told.reduce((a, b) => (b.lock.term > a.lock.term ? b : a)).lock;
  const serves = told.some((pod) => pod.lock.serves && pod.pod === newest.holder);
  setText(byId("lock-text"), newest.holder
    ? `${newest.holder} holds it in term ${newest.term} and ` +
      `${serves ? "may serve." : "has not said that it may serve."}`
    : `Nobody holds it; the last term was ${newest.term}.`);
  const rulings = told.flatMap(({ pod, lock }) => [{ key: `t${pod}`, tag: "dt", text: pod },
    { key: `d${pod}`, tag: "dd", text: lock.ruling || "nothing to do" }]);
  reconcile(byId("lock-rulings"), rulings, {
    key: (line) => line.key, make: (line) => el(line.tag), renew: (e, line) => setText(e, line.text),
  });
}

const known = new Map();  // when each event was first placed

function drawFilter(view) {
  const choices = [{ value: "", text: "all pods" },
    ...view.pods.map(({ pod }) => ({ value: pod, text: pod }))];
  reconcile(byId("event-pod"), choices, {
    key: ({ value }) => value,
    make: ({ value }) => el("option", { value }),
    renew: (option, { text }) => setText(option, text),
  });
}

function renewEvent(item, event, now) {
  const [time, pod, message, fields] = item.children;
  setAttribute(item, "class", event.level === "error" ? "bad" : event.level === "warning" ? "warn" : "info");
  setText(time.children[0], clock(event.at));
  setText(time.children[1], describeAge((now - event.at) / 1000));
  setText(pod, event.pod);
  setText(message, `${event.level === "info" || event.level === "debug" ? "" : `${event.level}: `}${event.message}`);
  reconcile(fields, Object.entries(event.fields), {
    key: ([name]) => name,
    make: () => el("span", {}, el("i"), document.createTextNode("")),
    renew: (span, [name, value]) => {
      setText(span.firstChild, name);
      span.lastChild.nodeValue = value;
    },
  });
}

export function drawEvents(view, now) {
  drawFilter(view);
  const pod = byId("event-pod").value;
  const isShort = byId("event-level").checked;
  const events = mergeEvents(view, known)
    .filter((event) => (pod === "" || event.pod === pod) &&
      (!isShort || event.level === "warning" || event.level === "error"))
    .slice(0, EVENTS_SHOWN);
  byId("no-events").hidden = events.length > 0;
  reconcile(byId("event-list"), events.map((event, i) => ({ event, i })), {
    key: ({ i }) => i,
    make: () => el("li", {}, el("span", { class: "time" }, el("b"), el("span")),
      el("b", { class: "who" }), el("span", { class: "what" }), el("span", { class: "fields" })),
    renew: (item, { event }) => renewEvent(item, event, now),
  });
}
