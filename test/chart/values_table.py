"""The table of the chart's values in k8s/README.md, from the comments in k8s/chart/values.yaml.

Each value has one line of comment above it. `python3 test/chart/values_table.py` renews the table.
"""

import json
import pathlib
import re

PROJECT = pathlib.Path(__file__).resolve().parents[2]
README = PROJECT / "k8s/README.md"
BEGIN, END = "<!-- values -->\n", "<!-- end of values -->\n"


def rows(text):
    """(name, default, comment) of every value with a comment; a section's default is left out."""
    path, found, comment = [], [], ""
    for line in text.split("\n")[2:]:
        stripped = line.strip()
        if stripped.startswith("#"):
            comment = stripped[1:].strip()
            continue
        match = re.match(r"^( *)([A-Za-z]+):(?: (.*))?$", line)
        if not match:
            comment = ""
            continue
        depth = len(match[1]) // 2
        path = path[:depth] + [match[2]]
        if comment:
            default = (match[3] or "").strip('"')
            found.append((".".join(path), default, comment))
        comment = ""
    return found


def table(text):
    lines = ["| value | default | |", "|---|---|---|"]
    for name, default, comment in rows(text):
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{name}` | {shown} | {comment.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def with_table(readme):
    before, rest = readme.split(BEGIN)
    return (
        before
        + BEGIN
        + table((PROJECT / "k8s/chart/values.yaml").read_text())
        + END
        + rest.split(END)[1]
    )


def names_of_schema(schema, definitions, prefix=""):
    """Every leaf that values.schema.json knows."""
    for name, entry in schema.get("properties", {}).items():
        entry = definitions[entry["$ref"].rsplit("/", 1)[1]] if "$ref" in entry else entry
        if "properties" in entry:
            yield from names_of_schema(entry, definitions, f"{prefix}{name}.")
        else:
            yield prefix + name


def schema_names():
    schema = json.loads((PROJECT / "k8s/chart/values.schema.json").read_text())
    return set(names_of_schema(schema, schema["definitions"])) - {"global"}


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
