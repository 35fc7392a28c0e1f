"""Prometheus' text format, read: families with their types, and the value of each series."""
import re

_SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_SUFFIXES = ("_sum", "_count")


class Exposition:
    """`types` is {family: type}; `series` {(sample's name, labels): value}."""

    def __init__(self, text):
        self.types = {}
        self.series = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                name, kind = line.split()[2:]
                if name in self.types:
                    raise ValueError(f"the family {name} begins twice")
                self.types[name] = kind
            elif line and not line.startswith("#"):
                name, labels, value = _SAMPLE.match(line).groups()
                key = (name, frozenset(_LABEL.findall(labels or "")))
                if key in self.series:
                    raise ValueError(f"twice: {line}")
                self.series[key] = float(value)

    def family_of(self, name):
        if name in self.types:
            return name
        return next(name.removesuffix(end) for end in _SUFFIXES if name.endswith(end))

    def of(self, family):
        """The family's series, as {(sample's name, labels): value}."""
        return {key: value for key, value in self.series.items()
                if self.family_of(key[0]) == family}

    def value(self, name, **labels):
        return self.series[name, frozenset(labels.items())]
