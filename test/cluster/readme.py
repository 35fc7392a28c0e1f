"""The commands of a README, word for word, on the cluster under test."""

import os
import pathlib
import re
import subprocess
import tempfile

from cluster import PROJECT


def commands(name, readme=PROJECT / "k8s/README.md"):
    """What stands between the marks of that name."""
    text = readme.read_text(encoding="utf-8")
    between = text.split(f"<!-- tried: {name} -->")[1].split(f"<!-- end of {name} -->")[0]
    return re.sub(r"(?m)^    ", "", between).strip()


def run_commands(cluster, script):
    """As a person would: bash, in the project's folder, with kubectl and helm."""
    with tempfile.TemporaryDirectory() as folder:
        for tool in ("kubectl", "helm") if cluster.own else ():
            path = pathlib.Path(folder, tool)
            path.write_text(f'#!/bin/sh\nexec {cluster.own[0]} {tool} "$@"\n', encoding="utf-8")
            path.chmod(0o755)
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", "-ec", script],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
