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

from . import (anchor_port, aof_losses, catching_up, crashes,  # pylint: disable=unused-import
               disk_based, hiccups, late_orders, loading, names, silence, two_primaries,
               unseen, whole_cluster)
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
    parser.add_argument("--side", choices=("ours", "plain"), help=argparse.SUPPRESS)
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
        report = Run(kind, agent, side == "plain").perform()
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


def show(kind, ours, plain):
    verdict = "FAILED" if ours.problems else "skipped" if ours.was_skipped else "ok"
    print(_ROW.format(kind.name, describe_loss(plain), describe_loss(ours),
                      describe_time(ours, plain), verdict), flush=True)
    for problem in ours.problems:
        print(f"    ! {problem}", flush=True)
    for problem in plain.problems if plain else ():
        print(f"    plain: {problem}", flush=True)
    for note in ours.notes:
        print(f"    {note}", flush=True)


def main():
    arguments = read_arguments()
    if arguments.restarts:
        register_restarts(arguments.restarts, arguments.seed)
        arguments.names, arguments.plain = [RESTARTS], False
    chosen = choose(arguments.names)
    if arguments.list:
        for kind in chosen:
            print(f"{kind.group:<16}{kind.name}")
        return
    if arguments.side:
        perform_here(chosen[0], arguments.side, arguments.report)
    folder = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(_ROW.format("fault", "plain Redis loses", "we lose", "writable (/ plain)", "verdict"))

    def perform_both(kind):
        lacking = what_is_lacking(kind.version)
        if lacking:
            return kind, Report(notes=[lacking], was_skipped=True), None
        plain = perform(kind, "plain", folder) if arguments.plain and kind.has_plain else None
        return kind, perform(kind, "ours", folder), plain

    failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.at_once) as pool:
        for kind, ours, plain in pool.map(perform_both, chosen):
            show(kind, ours, plain)
            failed += bool(ours.problems)
            skipped += ours.was_skipped
    print(f"{len(chosen) - failed - skipped} of {len(chosen)} as promised" +
          (f"; logs in {folder}" if failed or arguments.logs else ""))
    sys.exit(1 if failed else 0)
