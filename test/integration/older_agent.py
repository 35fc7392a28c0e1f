"""The agent of an earlier commit, for what runs beside today's in a rolling update."""
import pathlib
import subprocess
import unittest

_BUILDER = pathlib.Path(__file__).resolve().parents[1] / "older-agent"


def older_agent():
    """Its path. The test is skipped where it cannot be built."""
    built = subprocess.run([_BUILDER], capture_output=True, text=True, check=False)
    if built.returncode == 77:
        raise unittest.SkipTest(built.stderr.strip().removeprefix("skipped: "))
    if built.returncode != 0:
        raise RuntimeError(f"{_BUILDER}: {built.stderr[-2000:]}")
    return built.stdout.strip()
