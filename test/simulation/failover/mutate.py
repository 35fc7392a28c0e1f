"""Writes a source file with a mistake put in: mutate.py SOURCE OUTPUT OLD NEW [OLD NEW ...].

The text that is replaced has to be there, so that a mistake cannot silently become none."""

import pathlib
import sys


def main():
    source, output, *texts = sys.argv[1:]
    code = pathlib.Path(source).read_text(encoding="utf-8")
    for old, new in zip(texts[::2], texts[1::2]):
        if old not in code:
            sys.exit(f"mutate.py: {source} has no \"{old}\": it was written anew, and the mistake "
                     "that test/simulation/failover/CMakeLists.txt puts there has to be, too")
        code = code.replace(old, new)
    pathlib.Path(output).write_text(code, encoding="utf-8")


if __name__ == "__main__":
    main()
