"""What the chart renders, as one digest for each object: a change that was not meant shows.

`python3 test/chart/renderings.py` renews renderings.txt; say in the commit why an object changes.
"""

import hashlib
import pathlib
import re
import shutil
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CHART = PROJECT / "k8s/chart"
FOLDER = PROJECT / "test/chart"
KEPT = FOLDER / "renderings.txt"
# The mode that is off by default has tests of its own.
FILES = [CHART / "values.yaml"] + sorted(
    path for path in (FOLDER / "variants").glob("*.yaml") if not path.name.startswith("failover")
)
RANDOM = re.compile(r"^(  [-._a-zA-Z0-9]+: )[A-Za-z0-9+/]{40,}={0,2}$", re.MULTILINE)


def render(path, *arguments):
    command = [shutil.which("helm"), "template", "redis", CHART, "-n", "redis"]
    version = ["--kube-version", "1.37.0"]
    return subprocess.run(
        [*command, *version, "-f", path, *arguments], capture_output=True, text=True, check=True
    ).stdout


def objects(*arguments):
    """{"FILE KIND/NAME": its text}, in the order in which they are rendered."""
    found = {}
    for path in FILES:
        text = RANDOM.sub(r"\1(random)", render(path, *arguments))
        for part in re.split(r"^---$\n", text, flags=re.MULTILINE):
            kind = re.search(r"^kind: (.*)$", part, re.MULTILINE)
            name = re.search(r"^  name: (.*)$", part, re.MULTILINE)
            if kind and name:
                found[f"{path.stem} {kind[1]}/{name[1]}"] = part
    return found


def digests(found):
    return "".join(
        f"{name} {hashlib.sha256(text.encode()).hexdigest()}\n" for name, text in found.items()
    )


if __name__ == "__main__":
    KEPT.write_text(digests(objects()))
