"""The version, from CMakeLists.txt alone, to where it has to stand as text.

`python3 test/chart/version.py` renews all of them, and the chart's list of changes from
agent/CHANGELOG.md.
"""

import pathlib
import re

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CHANGELOG = PROJECT / "agent/CHANGELOG.md"
CHART = PROJECT / "k8s/chart/Chart.yaml"
LIBRARY = PROJECT / "k8s/library/Chart.yaml"
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
IMAGE = re.compile(r"(localhost/redis-agent:)[0-9][-.0-9A-Za-z]*")
DEPENDENCY = re.compile(r"(name: redis-agent, version: )[0-9][-.0-9A-Za-z]*")
OF_CHARTS = re.compile(r"(?m)^(version: |appVersion: )[0-9].*$")
MARK = "  artifacthub.io/changes: |\n"


def version():
    text = (PROJECT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"^project\(redis-agent VERSION (\S+)", text, re.MULTILINE)[1]


def changes():
    """(kind, description) of the newest version in the change log."""
    text = CHANGELOG.read_text(encoding="utf-8")
    newest = re.split(r"(?m)^## .*\n", text)[1]
    found = re.findall(r"(?m)^- (\w+): (.*)$", newest)
    return [(kind.lower(), description) for kind, description in found]


def files():
    """The files that say which version an image or a chart has."""
    yield PROJECT / "README.md"
    for path in sorted((PROJECT / "k8s").rglob("*")):
        if path.suffix in (".md", ".yaml", ".tpl"):
            yield path


def with_version(path, text):
    wanted = version()
    text = IMAGE.sub(rf"\g<1>{wanted}", text)
    text = DEPENDENCY.sub(rf"\g<1>{wanted}", text)
    if path in (CHART, LIBRARY):
        text = OF_CHARTS.sub(rf"\g<1>{wanted}", text)
    if path == CHART:
        before, _ = text.split(MARK)
        quoted = [f"    - kind: {kind}\n      description: '{what.replace(chr(39), chr(39) * 2)}'\n"
                  for kind, what in changes()]
        text = before + MARK + "".join(quoted)
    return text


if __name__ == "__main__":
    for place in files():
        old = place.read_text(encoding="utf-8")
        new = with_version(place, old)
        if new != old:
            place.write_text(new, encoding="utf-8")
            print(f"renewed {place.relative_to(PROJECT)}")
