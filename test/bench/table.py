"""What the agent costs, beside what it replaces: one table of medians and ratios, and its goals.

Real servers in pods of this machine's own. Rows whose goal is missed do not fail the run.
"""
import argparse
import contextlib
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
import growth
import hung
import idle
import init
import kubelet
import memory
import probe
import scrape
import tls
from effort import QUICK, WHOLE
from peers import EXPORTER, Missing, check_programs
from pods import World, enter
from rows import Table
from wakefulness import cores_kept_awake

PROJECT = pathlib.Path(__file__).resolve().parents[2]
AGENT = PROJECT / "build/release/agent/redis-agent"
GROUPS = {"probe": probe, "scrape": scrape, "memory": memory, "hung": hung, "init": init,
          "idle": idle, "growth": growth, "tls": tls, "kubelet": kubelet}


def arguments():
    listed = "\n".join(f"  {name:<9} {group.WHAT}"
                       for name, group in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="test/bench/run", description=__doc__, epilog=f"groups:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("agent", nargs="?", type=pathlib.Path, default=AGENT,
                        help="the binary; default: build/release/agent/redis-agent")
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="GROUP",
                        help="this group of rows; may be given several times")
    parser.add_argument("--quick", action="store_true",
                        help="each for a moment, to see that it can be done")
    parser.add_argument("--awake", action="store_true",
                        help="with cores that never sleep, as on a node that has work: else what "
                             "waking them costs is counted, too")
    return parser.parse_args()


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((done.stdout + done.stderr).splitlines() or ["?"])[0]


def introduce(agent, is_awake):
    exporter = re.search(r"\d+\.\d+\.\d+\S*", first_line(EXPORTER, "--version"))
    print(f"{first_line(agent, '--version')}; {first_line('redis-server', '--version')[:21]}; "
          f"{EXPORTER} {exporter and exporter[0]}")
    print(f"{time.strftime('%F %T')}, {os.cpu_count()} cores, Linux {platform.release()}, "
          f"load {os.getloadavg()[0]:.1f}, nice {os.nice(0)}, "
          f"cores {'kept awake' if is_awake else 'as they are'}; medians of rounds; CPU is that of "
          "all threads")


def main():
    asked = arguments()
    names = asked.only or [name for name in GROUPS if name != "kubelet" or kubelet.has_cluster()]
    agent = asked.agent.resolve()
    if not os.access(agent, os.X_OK):
        sys.exit(f"test/bench/run: {agent} is no program: build it (cmake --workflow --preset "
                 "release), or name one")
    try:
        for name in names:
            check_programs(GROUPS[name].PROGRAMS)
        introduce(agent, asked.awake)
        enter()
    except (Missing, OSError) as error:
        sys.exit(f"test/bench/run: {error}")
    table, world = Table(), World()
    with cores_kept_awake() if asked.awake else contextlib.nullcontext():
        for name in names:
            table.begin(name, GROUPS[name].WHAT)
            GROUPS[name].measure(table, world, str(agent), QUICK if asked.quick else WHOLE)
            world.end_pods()
    table.end()


if __name__ == "__main__":
    main()
