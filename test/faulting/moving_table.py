"""What test/faults prints of faults where the primary moves: expected beside seen, then our side
beside plain Redis and Redis with Sentinels."""

_ROW = "{:<30} {:<68} {:<54} {}"
_SIDE = "{:<24}{:<16}{:<14}{:<18}{:<8}{}"
_NAMES = {"plain": "plain Redis", "sentinel": "with Sentinels", "ours": "with agents"}


def describe_gap(report):
    if report.seconds is None:
        return "never"
    if report.gap is not None:
        return f"{report.gap * 1000:.0f} ms"
    return f"{report.seconds:.1f} s" if report.seconds else "no gap"


def describe(report):
    if report.was_skipped or not report.primary:
        return "-"
    closed = f", closed at {report.closed:.1f} s" if report.closed else ""
    return f"{report.primary}, {describe_gap(report)}, {report.lost} lost{closed}"


def show_head():
    print("\n" + _ROW.format("fault, where the primary moves", "expected", "seen", "verdict"))


def show(kind, ours, verdict):
    print(_ROW.format(kind.name, str(kind.expected), describe(ours), verdict), flush=True)


def show_sides(rows):
    """`rows` are (kind, {side: report}); those alone that were tried on more than ours."""
    rows = [(kind, reports) for kind, reports in rows if len(reports) > 1]
    if not rows:
        return
    print("\nbeside each other; a client beside each server writes wherever it is taken")
    print(_SIDE.format("fault", "", "writes after", "lost", "moved", "taken by two at once"))
    for kind, reports in rows:
        name = kind.name
        for side in ("plain", "sentinel", "ours"):
            report = reports.get(side)
            if report is None:
                continue
            print(_SIDE.format(name, _NAMES[side], describe_gap(report),
                               f"{report.lost} of {report.safe}", report.moves, report.doubles))
            for problem in report.problems if side != "ours" else ():
                print(f"    {problem}")
            name = ""
