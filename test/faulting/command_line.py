"""test/faults: picks faults, runs each side of each in a world of its own, prints the table."""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from pods import EXIT_SKIPPED, main as main_in_a_world

from . import (agents_away, anchor_port, aof_losses,  # pylint: disable=unused-import
               by_hand, catching_up, crashes, disk_based, failover, failover_api, hiccups,
               late_orders, loading, moving_table, names, silence, strange_streams,
               two_primaries, unseen, whole_cluster)
from .cluster import what_is_lacking
from .fault import FAULTS, Report, Run
from .restarts import RESTARTS, register_restarts

_PROJECT = pathlib.Path(__file__).resolve().parents[2]
_WITHIN = 150  # seconds for one side of one fault
_WITHIN_RESTART = 40  # seconds more for each restart of the long run
_ROW = "{:<42}{:<18}{:<18}{:<20}{}"


def read_arguments():
    parser = argparse.ArgumentParser(description="Faults on real servers, and what each costs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a fault or a group of them")
    parser.add_argument("--list", action="store_true", help="prints names and groups")
    parser.add_argument("--plain", action=argparse.BooleanOptionalAction, default=True,
                        help="also without agents, to compare")
    parser.add_argument("--at-once", type=int, metavar="N", default=1,
                        help="so many at the same time, each in its world: for those that wait")
    parser.add_argument("--restarts", type=int, metavar="N", default=0,
                        help="instead: N restarts of the primary, each of a kind by chance")
    parser.add_argument("--seed", type=int, help="of that chance; without one, another each time")
    parser.add_argument("--logs", type=pathlib.Path, help="a folder for the logs of each run")
    parser.add_argument("--side", choices=("ours", "plain", "sentinel"), help=argparse.SUPPRESS)
    parser.add_argument("--report", type=pathlib.Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def choose(names):
    known = {one for kind in FAULTS.values() for one in (kind.name, kind.group)}
    unknown = set(names) - known
    if unknown:
        sys.exit(f"no such fault or group: {', '.join(sorted(unknown))}; --list has them")
    return [kind for kind in FAULTS.values()
            if not names or kind.name in names or kind.group in names]


def perform_here(kind, side, report_path):
    agent = os.environ.get("REDIS_AGENT_BINARY",
                           str(_PROJECT / "build/release/agent/redis-agent"))

    def program():
        run = kind.run(kind, agent, side) if kind.run else Run(kind, agent, side == "plain")
        report = run.perform()
        report_path.write_text(json.dumps(dataclasses.asdict(report)), encoding="utf-8")
        return 0
    main_in_a_world(program)


def perform(kind, side, folder):
    """In a process of its own: a world is left by ending. None where there can be no world."""
    report_path = folder / f"{kind.name}.{side}.json"
    which = ["--restarts", kind.restarts, "--seed", kind.seed] if kind.restarts else [kind.name]
    command = [sys.executable, "-B", sys.argv[0], *which, "--side", side, "--report", report_path]
    output = folder / f"{kind.name}.{side}.out"
    with open(output, "wb") as out:
        with subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out,
                              stderr=out) as process:
            try:
                code = process.wait(_WITHIN + _WITHIN_RESTART * kind.restarts)
            except subprocess.TimeoutExpired:
                process.terminate()
                code = process.wait(10)
    said = output.read_text(encoding="utf-8", errors="replace").strip()
    if code == EXIT_SKIPPED:
        print(said, file=sys.stderr)
        sys.exit(EXIT_SKIPPED)
    if not report_path.exists():
        return Report(problems=[f"exit code {code}: {said[-1000:]}"])
    report = Report(**json.loads(report_path.read_text(encoding="utf-8")))
    (folder / f"{kind.name}.{side}.log").write_text(report.logs, encoding="utf-8")
    return report


def describe_loss(report):
    if report is None:
        return "-"
    return f"{report.lost} of {report.safe}"


def describe_time(ours, plain):
    text = "never" if ours.seconds is None else f"{ours.seconds:.1f} s"
    if plain is not None:
        text += " / " + ("never" if plain.seconds is None else f"{plain.seconds:.1f} s")
    return text


def show(kind, reports):
    ours, plain = reports["ours"], reports.get("plain")
    verdict = "FAILED" if ours.problems else "skipped" if ours.was_skipped else "ok"
    if kind.expected:
        moving_table.show(kind, ours, verdict)
        plain = None
    else:
        print(_ROW.format(kind.name, describe_loss(plain), describe_loss(ours),
                          describe_time(ours, plain), verdict), flush=True)
    for problem in ours.problems:
        print(f"    ! {problem}", flush=True)
    for problem in plain.problems if plain else ():
        print(f"    plain: {problem}", flush=True)
    for note in ours.notes:
        print(f"    {note}", flush=True)


def perform_all(chosen, arguments, folder):
    """Pairs of a fault and its reports by side, in their order; each is shown when it is there."""
    def perform_sides(kind):
        lacking = what_is_lacking(kind.version)
        if lacking:
            return kind, {"ours": Report(notes=[lacking], was_skipped=True)}
        others = kind.beside or (("plain",) if kind.has_plain else ())
        sides = (*(others if arguments.plain else ()), "ours")
        return kind, {side: perform(kind, side, folder) for side in sides}

    rows = []
    with concurrent.futures.ThreadPoolExecutor(arguments.at_once) as pool:
        for kind, reports in pool.map(perform_sides, chosen):
            if kind.expected and not any(row[0].expected for row in rows):
                moving_table.show_head()
            show(kind, reports)
            rows.append((kind, reports))
    moving_table.show_sides([row for row in rows if row[0].expected])
    return rows


def main():
    arguments = read_arguments()
    if arguments.restarts:
        register_restarts(arguments.restarts, arguments.seed)
        arguments.names, arguments.plain = [RESTARTS], False
    chosen = sorted(choose(arguments.names), key=lambda kind: kind.expected is not None)
    if arguments.list:
        for kind in chosen:
            print(f"{kind.group:<16}{kind.name}")
        return
    if arguments.side:
        perform_here(chosen[0], arguments.side, arguments.report)
    folder = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(kind.expected is None for kind in chosen):
        print(_ROW.format("fault", "plain Redis loses", "we lose", "writable (/ plain)", "verdict"))
    ours = [reports["ours"] for _, reports in perform_all(chosen, arguments, folder)]
    failed = sum(bool(report.problems) for report in ours)
    skipped = sum(report.was_skipped for report in ours)
    print(f"{len(chosen) - failed - skipped} of {len(chosen)} as promised" +
          (f"; logs in {folder}" if failed or arguments.logs else ""))
    sys.exit(1 if failed else 0)
