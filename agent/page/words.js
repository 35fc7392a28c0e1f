// Numbers as a person reads them, in the words of `redis-agent status`.

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

export const countPods = (count) => plural(count, "pod", "pods");

function trimmed(value, digits) {
  return String(Number(value.toFixed(digits)));
}

export function describeSeconds(seconds) {
  if (seconds < 1) return `${trimmed(seconds * 1000, 0)} ms`;
  if (seconds < 120) return `${trimmed(seconds, seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${trimmed(seconds / 60, 0)} min`;
  return `${trimmed(seconds / 3600, 1)} h`;
}

// An age in whole units, so that a line does not flicker.
export function describeAge(seconds) {
  if (seconds < 1.5) return "now";
  if (seconds < 120) return `${Math.round(seconds)} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}

export function describeSize(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    unit += 1;
  }
  return `${trimmed(value, value < 10 ? 1 : 0)} ${units[unit]}`;
}

export function list(names, most = 3) {
  const shown = names.slice(0, most);
  if (names.length > most) return `${shown.join(", ")} and ${names.length - most} more`;
  const last = shown.pop();
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour12: false });
}
