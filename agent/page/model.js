// What /topology says, thought through: who follows whom, what is wrong, what happened. Pure.

import { countPods, list } from "./words.js";

// Colours of the plot, and kinds of lines where there are more replicas than colours: given by the
// pod's place among the replicas.
const COLOURS = 8;
const DASHES = 4;

function splitEndpoint(text) {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}

const firstLabel = (host) => host.split(".")[0];

function findAt(pods, host) {
  return pods.find((pod) => pod.addresses?.includes(host)) ??
    pods.find((pod) => pod.asked_at === host) ??
    pods.find((pod) => pod.pod === host || pod.pod === firstLabel(host));
}

function expectedUpstream(pod, pods) {
  if (pod.error !== undefined || pod.role !== "replica" || !pod.primary) return null;
  const { host } = splitEndpoint(pod.primary.endpoint);
  const found = [host, ...pod.primary.addresses].map((at) => findAt(pods, at)).find(Boolean);
  return found && found !== pod ? found.pod : null;
}

// Where a pod's data comes from: {from: a pod's name} or {stranger: an address} or {note}.
function upstreamOf(pod, pods) {
  if (pod.error !== undefined) return {};
  if (!pod.upstream) return { from: expectedUpstream(pod, pods) };
  const { host, port } = splitEndpoint(pod.upstream);
  if (host === "127.0.0.1" && port === 1) {
    return { from: expectedUpstream(pod, pods), note: "parked: follows nobody" };
  }
  const found = findAt(pods, host);
  if (found && found !== pod) return { from: found.pod };
  return found ? {} : { stranger: pod.upstream };
}

function stateOfLink(pod) {
  if (pod.error !== undefined || !pod.link) return "down";
  if (pod.link === "up") return pod.ready && pod.reason === "replica_in_sync" ? "up" : "slow";
  return pod.reason === "full_sync" ? "sync" : "down";
}

export function stateOf(pod) {
  if (pod.error !== undefined) return "silent";
  if (!pod.ready) return "bad";
  return pod.reason === "replica_stale" ? "warn" : "good";
}

// The view of one answer, `receivedAt` in milliseconds of the wall clock.
export function understand(topology, receivedAt) {
  const pods = topology.pods.map((pod) => ({ ...pod, state: stateOf(pod) }));
  for (const pod of pods) {
    Object.assign(pod, upstreamOf(pod, pods));
    pod.linkState = stateOfLink(pod);
    pod.isPrimary = pod.role === "primary";
    pod.receivedAt = receivedAt - (pod.heard_seconds ?? 0) * 1000;
  }
  const replicas = pods.filter((pod) => !pod.isPrimary);
  replicas.forEach((pod, place) => {
    pod.stroke = `c${place % COLOURS} d${Math.floor(place / COLOURS) % DASHES}`;
  });
  return { ...topology, pods, replicas, receivedAt, tasks: findTasks(topology, pods) };
}

function findTasks(topology, pods) {
  const tasks = [];
  const add = (pod, title, text, more = {}) => tasks.push({ pod, title, text, level: "bad", ...more });
  if (topology.trouble) add(topology.pod, "DNS", topology.trouble, { level: "warn" });
  for (const pod of pods) {
    if (pod.error !== undefined) {
      add(pod.pod, "agent does not answer", pod.error, {
        heard: pod.heard_seconds ?? null,
        advice: "Is the pod running? kubectl get pod, kubectl logs -c agent. What it knows is not shown here.",
      });
      continue;
    }
    if (pod.state !== "good") {
      add(pod.pod, pod.reason, pod.explanation,
        { advice: pod.advice, level: pod.state, situation: pod.situation });
    }
    if (pod.state === "good" && pod.upstream && pod.stranger) {
      add(pod.pod, "follows somebody else", pod.stranger, { level: "warn" });
    }
    if (pod.volume) add(pod.pod, "volume", pod.volume, { level: "warn" });
    if (pod.lock?.lost) add(pod.pod, "lost writes", pod.lock.lost, { level: "warn" });
    if (pod.answer_to_decision) add(pod.pod, "decision", pod.answer_to_decision, { level: "info" });
    for (const warning of pod.warnings ?? []) add(pod.pod, "warning", warning, { level: "warn" });
  }
  return tasks;
}

// The sentence above all: {state, headline, summary}.
export function judge(view) {
  const good = view.pods.filter((pod) => pod.ready);
  const primaries = view.pods.filter((pod) => pod.isPrimary);
  const serving = primaries.filter((pod) => pod.ready);
  const bad = view.pods.filter((pod) => !pod.ready);
  const total = view.pods.length;
  const writes = serving.length === 1 ? `${serving[0].pod} takes writes.`
    : serving.length > 1 ? `${list(serving.map((pod) => pod.pod))} both take writes.`
      : "No pod takes writes.";
  if (bad.length === 0) {
    const isStale = good.some((pod) => pod.state === "warn");
    const state = serving.length === 1 && !isStale ? "good" : "warn";
    const headline = total === 1 ? `${good[0].pod} is ready` : `All ${countPods(total)} are ready`;
    return { state, headline, summary: `${writes} ${describeLag(view)}`.trim() };
  }
  const headline = total === 1 ? `${bad[0].pod} is not ready`
    : `${good.length} of ${countPods(total)} ready`;
  const names = list(bad.map((pod) => `${pod.pod} (${pod.reason ?? "silent"})`));
  return {
    state: serving.length === 1 ? "warn" : "bad", headline,
    summary: `${writes} Not ready: ${names}.`,
  };
}

function describeLag(view) {
  const known = view.replicas.filter((pod) => typeof pod.lag_seconds === "number");
  if (known.length === 0) return "";
  const worst = known.reduce((a, b) => (b.lag_seconds > a.lag_seconds ? b : a));
  return known.length === 1 ? `${worst.pod} is at most ${worst.cells.lag} behind.`
    : `The furthest behind is ${worst.pod}: ${worst.cells.lag}.`;
}

// The tree of the picture: [{pod, depth, from}] in the order in which it is drawn.
export function treeOf(view) {
  const nodes = view.pods.map((pod) => ({ pod, name: pod.pod, from: pod.from ?? null }));
  const strangers = new Set(view.pods.map((pod) => pod.stranger).filter(Boolean));
  for (const name of strangers) nodes.push({ pod: null, name, from: null });
  for (const node of nodes) if (node.pod?.stranger) node.from = node.pod.stranger;
  const shown = [];
  const visit = (node, depth) => {
    if (shown.includes(node)) return;  // who follows each other has no beginning
    shown.push(Object.assign(node, { depth }));
    for (const child of nodes) if (child.from === node.name) visit(child, depth + 1);
  };
  const isRoot = (node) => node.from === null;
  for (const node of nodes) if (isRoot(node) && (node.pod?.isPrimary ?? true)) visit(node, 0);
  for (const node of nodes) if (isRoot(node)) visit(node, 1);
  for (const node of nodes) visit(node, 1);
  return shown;
}

// All pods' journals in one, the newest first. `known` remembers when a line was first placed, so
// that it stays there: each answer takes a little longer or shorter than the one before.
export function mergeEvents(view, known) {
  const events = [];
  const kept = new Map();
  for (const pod of view.pods) {
    for (const event of pod.recent?.events ?? []) {
      const what = `${pod.pod} ${event.message} ${JSON.stringify(event.fields)}`;
      const near = pod.receivedAt - event.age_seconds * 1000;
      const at = (known.get(what) ?? []).find((then) => Math.abs(then - near) < 1500) ?? near;
      kept.set(what, [...(kept.get(what) ?? []), at]);
      events.push({ ...event, pod: pod.pod, at });
    }
  }
  known.clear();
  for (const [what, times] of kept) known.set(what, times);
  return events.sort((a, b) => b.at - a.at);
}
