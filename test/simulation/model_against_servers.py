#!/usr/bin/env python3
"""Runs the same schedules on real servers and on the model, and shows the first difference.

    model_against_servers.py RUNNER [--server NAME] [--seeds N] [--first-seed N] [--only TEXT]

RUNNER is model_runner.cpp, built. The hand-written schedules (schedules/, their form is in
real_servers.py) come first, then those that the seeds make. Exits 1 if something differs.
"""
import argparse
import concurrent.futures
import difflib
import itertools
import pathlib
import queue
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from real_servers import World  # noqa: E402

SCHEDULES = pathlib.Path(__file__).with_name("schedules")
FETCHED = pathlib.Path("/var/cache/redis-agent-test")
# Their versions to the model, and which full syncs stream to a replica that still loads.
SERVERS = {"redis-7.0": (7, "disk"), "redis-5.0": (5, "disk"), "redis-6.2": (6, "disk"),
           "redis-8.0": (8, "any"), "valkey-8.1": (8, "none")}
# What an old server does not have, or cannot be slowed down in.
NEEDS = {"slow-load": 7, "slow-start": 7, "functions": 7, "slow-transfer": 6}
NAMES = ["m", "r1", "r2"]
STEPS = 8
LANES = 4  # worlds at a time, each with its own addresses


def program_of(name):
    return shutil.which("redis-server") if name == "redis-7.0" else FETCHED / name / "redis-server"


def random_schedule(seed):
    """Each step is settled: what would be a race on real servers has no one right answer."""
    dice = random.Random(seed)
    with_aof = dice.random() < 0.25
    options = {name: " aof" if with_aof and dice.random() < 0.7 else "" for name in NAMES}
    if dice.random() < 0.3:
        options["m"] += " disk-based"
    if dice.random() < 0.3:
        options["m"] += " backlog 16384"
    lines = ["servers " + " ".join(NAMES), f"m: start{options['m']}", "settle"]
    lines += [f"{name}: start replicaof m{options[name]}\nsettle" for name in NAMES[1:]]
    lines += ["m: write 2", "settle"]
    for _ in range(STEPS):
        lines += [*random_step(dice, options), "settle"]
    return "\n".join(lines) + "\n"


def random_step(dice, options):
    name = dice.choice(NAMES)
    others = [other for other in NAMES if other != name]
    target = dice.choice([*others, *others, "m" if name != "m" else "park", "park", "anchor"])
    replicaof = f" replicaof {target}" if dice.random() < (0.3 if name == "m" else 0.8) else ""
    start = f"{name}: start{options[name]}{replicaof}"
    end = dice.choice(["kill", "terminate", "terminate save", "terminate save"])
    return dice.choice([
        [f"{dice.choice(NAMES)}: write {dice.randint(1, 4)}"],
        ["m: write 2"],
        [f"{name}: {end}", start],
        [f"{name}: {end}"],
        [start],
        [f"{name}: replicaof {target}"],
        [f"{name}: replicaof {target}"],
        [f"{name}: no-one"],
        [f"{name}: save"],
        [f"{name}: keep"],
        [f"{name}: {end}", f"{name}: put-back", start],
        [f"{name}: {end}", f"{name}: wipe", start],
        [f"{name}: pause", f"{others[0]}: write 1", "settle", f"{name}: resume"],
        [f"m: min-replicas {dice.randint(0, 2)}", "m: write 1"],
    ])


def run_model(runner, schedule, server):
    version, streams_from = SERVERS[server]
    done = subprocess.run([runner, str(version), streams_from], input=schedule,
                          capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.splitlines()


def run_real(server, schedule, lane):
    with tempfile.TemporaryDirectory(prefix="schedule-") as directory:
        world = World(program_of(server), SERVERS[server][0], lane, pathlib.Path(directory))
        try:
            return world.run(schedule)
        finally:
            world.close()


def first_difference(real, model):
    """The settle before it is shown too: that is the state from which they went apart."""
    for number, (r, m) in enumerate(itertools.zip_longest(real, model)):
        if r != m:
            begin = max(0, number - 8)
            shown = difflib.unified_diff(real[begin:number + 6], model[begin:number + 6],
                                         "real", "model", n=8, lineterm="")
            settles = real[:number].count("--") + 1
            return f"at settle {settles}:\n" + "\n".join(shown)
    return None


def compare(arguments, name, schedule, lanes):
    lane = lanes.get()
    try:
        real = run_real(arguments.server, schedule, lane)
        model = run_model(arguments.runner, schedule, arguments.server)
        return name, schedule, first_difference(real, model)
    except Exception as error:  # a world that cannot be run differs, and the others go on
        return name, schedule, f"{type(error).__name__}: {error}"
    finally:
        lanes.put(lane)


def schedules_of(arguments):
    for path in sorted(SCHEDULES.glob("*.schedule")):
        if SERVERS[arguments.server][0] >= NEEDS.get("-".join(path.stem.split("-")[:2]), 0):
            yield path.stem, path.read_text()
    first = arguments.first_seed
    for seed in range(first, first + arguments.seeds):
        yield f"seed {seed}", random_schedule(seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runner")
    parser.add_argument("--server", choices=SERVERS, default="redis-7.0")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--only", default="", help="schedules with this in their name")
    parser.add_argument("--lane", type=int, default=20, metavar="N",
                        help="use 127.N.0.0/16 and those after it: another run needs others")
    arguments = parser.parse_args()
    lanes = queue.Queue()
    for lane in range(LANES):
        lanes.put(arguments.lane + lane)
    chosen = [(name, text) for name, text in schedules_of(arguments) if arguments.only in name]
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        runs = [pool.submit(compare, arguments, name, text, lanes) for name, text in chosen]
        results = [run.result() for run in runs]
    different = [result for result in results if result[2]]
    for name, schedule, difference in different:
        print(f"=== {name} differs on {arguments.server}, {difference}\n{schedule}", flush=True)
    print(f"{arguments.server}: {len(results) - len(different)} of {len(results)} schedules agree")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
