// Who replicates from whom: boxes and curves. Wide: a tree from left to right. Narrow: one below
// the other, indented. Many pods have one line each.

import { reconcile, setAttribute, setText, svg } from "./dom.js";
import { treeOf } from "./model.js";
import { describeAge, describeSeconds } from "./words.js";

const LETTER = 7.4;  // the width of one at 12.5 px, monospaced
const SMALL = 6.4;
const NARROW = 440;
const MANY = 10;
const ONE_LINE = 200;  // the width of a box with room for that
const TEXT_AT = 33;
const EDGE = 9;  // right of the text

function shortened(text, width, letter) {
  const most = Math.max(4, Math.floor(width / letter));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function secondLine(pod, now, isTerse = false) {
  if (!pod) return "no pod of these";
  if (pod.error !== undefined) {
    if (isTerse) return "silent";
    return pod.heard_seconds === undefined ? "does not answer"
      : `silent, heard ${describeAge((now - pod.receivedAt) / 1000)}`;
  }
  if (pod.isPrimary && isTerse && pod.ready) return "primary";
  if (pod.isPrimary) return pod.ready ? `primary, ${pod.cells.keys} keys` : `primary, ${pod.reason}`;
  if (pod.note) return pod.note;
  if (pod.linkState !== "up" && pod.linkState !== "slow") return pod.reason;
  const isInSeconds = isTerse && typeof pod.lag_seconds === "number";
  return isInSeconds ? describeSeconds(pod.lag_seconds) : `${pod.cells.lag} behind`;
}

// Sets x, y, width and height of each node, and whether it has one line; returns the picture's
// height.
function place(nodes, width) {
  const isMany = nodes.length > MANY;
  const depths = Math.max(...nodes.map((node) => node.depth)) + 1;
  const isNarrow = width < NARROW;
  const between = Math.min(isMany ? 64 : 92, width * (depths > 2 ? 0.08 : 0.14));
  const box = Math.min(280, (width - 2 - (depths - 1) * between) / depths);
  const isShort = isMany && (isNarrow || box >= ONE_LINE);
  const height = isShort ? 28 : isMany ? 42 : 54;
  const gap = isShort ? 5 : isMany ? 6 : 16;
  for (const node of nodes) Object.assign(node, { isShort, isTerse: isMany });
  if (isNarrow) {
    nodes.forEach((node, row) => Object.assign(node, {
      x: node.depth * 26 + 1, y: row * (height + gap) + 1, height,
      width: width - node.depth * 26 - 2,
    }));
    return nodes.length * (height + gap) - gap + 2;
  }
  let rows = 0;
  for (const node of nodes) {
    const children = nodes.filter((other) => other.from === node.name);
    node.isLeaf = children.length === 0;
    if (node.isLeaf) node.y = rows++ * (height + gap) + 1;
    Object.assign(node, { x: node.depth * (box + between) + 1, width: box, height });
  }
  for (const node of [...nodes].reverse()) {
    if (node.isLeaf) continue;
    const ys = nodes.filter((other) => other.from === node.name && other.y !== undefined)
      .map((other) => other.y);
    node.y = ys.length === 0 ? 1 : (Math.min(...ys) + Math.max(...ys)) / 2;
  }
  return Math.max(rows, 1) * (height + gap) - gap + 2;
}

function curve(from, to, width) {
  const y = to.y + to.height / 2;
  if (width < NARROW) {
    const x = from.x + 13;
    return `M${x} ${from.y + from.height}V${y - 8}Q${x} ${y} ${x + 8} ${y}H${to.x}`;
  }
  const begin = from.x + from.width;
  const middle = (begin + to.x) / 2;
  return `M${begin} ${from.y + from.height / 2}C${middle} ${from.y + from.height / 2} ` +
    `${middle} ${y} ${to.x} ${y}`;
}

function makeNode() {
  return svg("g", {}, svg("title"), svg("rect", { class: "box" }),
    svg("circle", { r: 4.5, class: "dot" }), svg("text", { class: "name" }),
    svg("text", { class: "sub" }));
}

// The name and what is to be said of it: one below the other, or at both ends of one line.
function writeNode(name, sub, node, second) {
  const { isShort } = node;
  const room = node.width - TEXT_AT - EDGE;
  const middle = node.height / 2;
  const nameRoom = isShort ? room * 0.68 : room;
  const shownName = shortened(node.name, nameRoom, LETTER);
  setText(name, shownName);
  setAttribute(name, "x", String(TEXT_AT));
  setAttribute(name, "y", String(isShort ? middle + 4 : middle - 4));
  const subRoom = isShort ? room - shownName.length * LETTER - 10 : room;
  setText(sub, shortened(second, subRoom, SMALL));
  setAttribute(sub, "x", String(isShort ? node.width - EDGE : TEXT_AT));
  setAttribute(sub, "y", String(isShort ? middle + 4 : middle + 14));
  setAttribute(sub, "text-anchor", isShort ? "end" : "start");
}

function renewNode(group, node, now) {
  const [title, box, dot, name, sub] = group.children;
  const { pod } = node;
  const second = secondLine(pod, now, node.isTerse);
  setAttribute(group, "class", `node ${pod?.state ?? "stranger"}${pod?.isPrimary ? " primary" : ""}`);
  setAttribute(group, "transform", `translate(${node.x} ${node.y})`);
  setAttribute(box, "width", String(node.width));
  setAttribute(box, "height", String(node.height));
  setAttribute(box, "rx", node.isShort ? "7" : "10");
  setAttribute(dot, "cx", "17");
  setAttribute(dot, "cy", String(node.height / 2));
  writeNode(name, sub, node, second);
  setText(title, `${node.name}: ${secondLine(pod, now)}`);
}

function describe(nodes, now) {
  return nodes.map((node) => {
    const from = node.from ? `, from ${node.from}` : "";
    return `${node.name}${from}: ${secondLine(node.pod, now)}.`;
  }).join(" ");
}

const edges = svg("g", { class: "edges" });
const boxes = svg("g");
const picture = svg("svg", { role: "img" }, edges, boxes);

export function drawPicture(parent, view, now) {
  if (picture.parentNode !== parent) parent.append(picture);
  const width = Math.max(240, Math.floor(parent.clientWidth -
    2 * Number.parseFloat(getComputedStyle(parent).paddingLeft)));
  const nodes = treeOf(view);
  const height = place(nodes, width);
  setAttribute(picture, "viewBox", `0 0 ${width} ${height}`);
  setAttribute(picture, "width", String(width));
  setAttribute(picture, "height", String(height));
  setAttribute(picture, "aria-label", describe(nodes, now));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const linked = nodes.filter((node) => node.pod && byName.has(node.from));
  reconcile(edges, linked, {
    key: (node) => node.name,
    make: () => svg("path"),
    renew: (path, node) => {
      setAttribute(path, "d", curve(byName.get(node.from), node, width));
      setAttribute(path, "class", `edge ${node.pod.linkState}`);
    },
  });
  reconcile(boxes, nodes, {
    key: (node) => node.name,
    make: makeNode,
    renew: (group, node) => renewNode(group, node, now),
  });
}
