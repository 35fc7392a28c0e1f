"""The table: what was measured, the agent's figure, the peer's, and each goal."""
import os

_LINE = "  {:<62}{:>12}{:>12}{:>11}  {:<26}{}"


def show(value, unit):
    if value is None:
        return "-"
    return f"{value:.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f} {unit}"


def show_ratio(ratio):
    return "" if ratio is None else f"1 : {ratio:.{1 if ratio >= 1 else 2}f}"


class Table:
    def __init__(self):
        self._seen, self._missed = 0, []
        print(_LINE.format("", "agent", "peer", "ratio", "goal", ""))

    def begin(self, name, what):
        print(f"{name}: {what} (load {os.getloadavg()[0]:.1f})", flush=True)

    def row(self, what, unit, ours, theirs=None, **goals):
        """`at_most` is for our figure, `cheaper` how many times as much the peer's is to be."""
        ratio = theirs / ours if ours and theirs is not None else None
        goal, is_met = "", None
        if "cheaper" in goals:
            goal = f"1 : {goals['cheaper']} at least"
            is_met = ratio is not None and ratio >= goals["cheaper"]
        if "at_most" in goals:
            goal = f"{goals['at_most']:g} {unit} at most"
            is_met = ours is not None and ours <= goals["at_most"]
        verdict = {None: "", True: "met", False: "missed"}[is_met]
        if is_met is not None:
            self._seen += 1
            self._missed += [] if is_met else [what]
        print(_LINE.format(what, show(ours, unit), show(theirs, unit), show_ratio(ratio), goal,
                           verdict).rstrip(), flush=True)

    def note(self, text):
        print(f"  {text}", flush=True)

    def end(self):
        print(f"{self._seen - len(self._missed)} of {self._seen} goals met"
              + (f"; missed: {', '.join(self._missed)}" if self._missed else ""))
