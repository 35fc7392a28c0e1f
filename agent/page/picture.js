// Who replicates from whom: boxes and curves. Wide: a tree from left to right. Narrow: one below
// the other, indented.

import { reconcile, setAttribute, setText, svg } from "./dom.js";
import { treeOf } from "./model.js";
import { describeAge } from "./words.js";

const LETTER = 7.4;  // the width of one at 12.5 px, monospaced
const SMALL = 6.4;
const NARROW = 440;

function shortened(text, width, letter) {
  const most = Math.max(4, Math.floor(width / letter));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function secondLine(pod, now) {
  if (!pod) return "no pod of these";
  if (pod.error !== undefined) {
    return pod.heard_seconds === undefined ? "does not answer"
      : `silent, heard ${describeAge((now - pod.receivedAt) / 1000)}`;
  }
  if (pod.isPrimary) return pod.ready ? `primary, ${pod.cells.keys} keys` : `primary, ${pod.reason}`;
  if (pod.note) return pod.note;
  if (pod.linkState === "up" || pod.linkState === "slow") return `${pod.cells.lag} behind`;
  return pod.reason;
}

// Sets x, y, width and height of each node; returns the picture's height.
function place(nodes, width) {
  const height = nodes.length > 10 ? 44 : 54;
  const gap = nodes.length > 10 ? 8 : 16;
  const depths = Math.max(...nodes.map((node) => node.depth)) + 1;
  const isNarrow = width < NARROW;
  if (isNarrow) {
    nodes.forEach((node, row) => Object.assign(node, {
      x: node.depth * 26 + 1, y: row * (height + 12) + 1, height,
      width: width - node.depth * 26 - 2,
    }));
    return nodes.length * (height + 12) - 10;
  }
  const between = Math.min(92, width * 0.14);
  const box = Math.min(280, (width - 2 - (depths - 1) * between) / depths);
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
  return svg("g", {}, svg("title"), svg("rect", { rx: 10, class: "box" }),
    svg("circle", { r: 4.5, class: "dot" }), svg("text", { class: "name" }),
    svg("text", { class: "sub" }));
}

function renewNode(group, node, now) {
  const [title, box, dot, name, sub] = group.children;
  const { pod } = node;
  const second = secondLine(pod, now);
  setAttribute(group, "class", `node ${pod?.state ?? "stranger"}${pod?.isPrimary ? " primary" : ""}`);
  setAttribute(group, "transform", `translate(${node.x} ${node.y})`);
  setAttribute(box, "width", String(node.width));
  setAttribute(box, "height", String(node.height));
  const middle = node.height / 2;
  setAttribute(dot, "cx", "17");
  setAttribute(dot, "cy", String(middle));
  for (const [text, y] of [[name, middle - 4], [sub, middle + 14]]) {
    setAttribute(text, "x", "33");
    setAttribute(text, "y", String(y));
  }
  setText(name, shortened(node.name, node.width - 42, LETTER));
  setText(sub, shortened(second, node.width - 42, SMALL));
  setText(title, `${node.name}: ${second}`);
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
