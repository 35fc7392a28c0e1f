"""The rules that keep the agent readable, each with the reason that its complaint shows.

Reads the tree as text; needs nothing but Python. complaints_of(root) lists what is wrong.
"""
import re
import subprocess
from pathlib import Path

LAYERS = ["core", "wire", "io", "command"]  # each sees itself and those to its left
ROOMS = ["base", "configuration", "server", "memory", "safety", "failover", "orders",
         "readiness", "reporting"]  # core's

LINES_MAX = 400
COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 60
PARAMETERS_MAX = 4

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
             "agent", "docker", "k8s", "test"}

# (how the header begins, the layers that may include it)
THIRD_PARTY = [
    ("hiredis/", {"wire"}),
    ("prometheus/", {"wire"}),
    ("libdeflate.h", {"wire"}),
    ("yaml.h", {"wire"}),
    ("crypt.h", {"io"}),
    ("boost/json", {"wire"}),
    ("boost/system/", {"core", "io"}),
    ("boost/asio", {"io", "command"}),  # command has the loop that io runs on
    ("boost/beast", {"io"}),
    ("boost/none.hpp", {"io"}),
    ("boost/", set()),
    ("openssl/evp.h", {"core"}),  # a hash is as pure as a sum
    ("openssl/", {"io"}),
    ("ares", {"io"}),
    ("spdlog/", {"io"}),
    ("fmt/", set()),
    ("CLI/", {"command"}),
]

BANNED_IN_CORE = {
    r"\bnow\s*\(": "asks a clock",
    r"\b(system_clock|steady_clock|high_resolution_clock)\b": "names a machine's clock",
    r"\b(secure_)?getenv\b|\benviron\b": "reads the environment",
    r"\bs?rand\s*\(|\brandom_device\b|\bmt19937\b": "asks for chance",
    r"\b(fopen|open|opendir)\s*\(|\b[io]?fstream\b": "opens a file",
    r"\bstd::filesystem::(?!path\b)": "asks the file system",
    r"\b(socket|connect|bind|getaddrinfo|gethostname)\s*\(": "uses the network",
    r"\bstd::(j?thread|mutex|atomic|async|condition_variable)\b": "knows of threads",
    r"\b(usleep|nanosleep|sleep|sleep_for|sleep_until)\s*\(": "waits",
    r"\bspdlog\b|\bstd::(cout|cerr|clog)\b|\bf?printf\s*\(|\bputs\s*\(": "writes a log",
    r"\b(fork|exec\w+|system|signal|kill)\s*\(": "acts on processes",
}

BANNED_NAMES = re.compile(r"(^|_)(manager|helper|util|utils|common|data|misc)(_|$)")

WHY = {
    "direction": "arrows go one way, command -> io -> wire -> core, so that each layer can be read "
                 "and tested without those above it",
    "room": "core's rooms go one way too, reporting -> readiness -> orders -> failover -> "
            "safety -> memory -> server -> configuration -> base, so that each can be understood "
            "with those below it alone",
    "third party": "a library is included from one folder only, so that it can be replaced there",
    "pure": "core is told the time, chance and the world as arguments, so that a test can invent "
            "them and the same input always gives the same answer",
    "file": "a file that is longer has more than one subject",
    "line": "two files side by side must fit on a screen",
    "function": "a function that is longer cannot be seen at once",
    "parameters": "with more, a call cannot be read without the declaration: make a struct",
    "opening": "who opens a header wants to know first what it is for and what it does not do",
    "name": "the name says nothing of what is inside",
    "leftover": "an issue is a better place than a comment that nobody reads again",
    "top level": "the first look at the repository has to show what it is made of",
    "include guard": "every header is included by many",
}


class Complaints(list):
    def add(self, path, line, what, rule):
        self.append(f"{path}:{line}: {what}: {WHY[rule]}")


def without_comments_and_texts(source):
    """The same length and lines, with comments and literals blanked."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                         r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), source)


def layer_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "agent" else None


def check_includes(path, source, complaints):
    layer = layer_of(path)
    for number, line in enumerate(source.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not found or layer not in LAYERS:
            continue
        own, header = found.group(1) == '"', found.group(2)
        if own:
            target = header.split("/")[0]
            allowed = LAYERS[:LAYERS.index(layer) + 1]
            if target not in allowed:
                complaints.add(path, number, f'{layer} includes "{header}"', "direction")
            continue
        for prefix, layers in THIRD_PARTY:
            if header.startswith(prefix):
                if layer not in layers:
                    complaints.add(path, number, f"{layer} includes <{header}>", "third party")
                break


def check_rooms(path, source, complaints):
    if layer_of(path) != "core":
        return
    room = path.split("/")[2]
    if room not in ROOMS:
        complaints.add(path, 1, "in none of " + ", ".join(ROOMS), "room")
        return
    for number, line in enumerate(source.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*"core/([^/"]+)', line)
        if found and found.group(1) not in ROOMS[:ROOMS.index(room) + 1]:
            complaints.add(path, number, f"{room} includes from {found.group(1)}", "room")


def check_purity(path, code, complaints):
    if layer_of(path) != "core":
        return
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, deed in BANNED_IN_CORE.items():
            if re.search(pattern, line):
                complaints.add(path, number, f"core {deed} ({line.strip()[:60]})", "pure")


def count_parameters(statement):
    """Of the first parenthesised list that is not inside template brackets."""
    angle = 0
    start = None
    for i, c in enumerate(statement):
        if c == "<" and not statement.startswith("<=", i):
            angle += 1
        elif c == ">" and angle > 0:
            angle -= 1
        elif c == "(" and angle == 0:
            start = i
            break
    if start is None:
        return 0
    depth, commas, seen = 0, 0, False
    for c in statement[start:]:
        if c in "(<[{":
            depth += 1
        elif c in ")>]}":
            depth -= 1
            if depth == 0:
                break
        elif c == "," and depth == 1:
            commas += 1
        elif not c.isspace():
            seen = True
    return commas + 1 if seen else 0


NO_FUNCTION = re.compile(
    r"^\s*(static_assert|using|typedef|return|friend|requires|concept)\b|=\s*$")


def kind_of_brace(statement, outer):
    if outer in ("function", "inside"):
        return "inside"
    head = re.sub(r"\btemplate\s*<[^()]*?>\s*(?=\w)", "", statement).strip()
    if re.match(r"(inline\s+)?namespace\b|extern\b", head):
        return "namespace"
    if "(" not in head:
        return "type" if re.search(r"\b(struct|class|enum|union)\b", head) else "inside"
    return "inside" if NO_FUNCTION.search(head) else "function"


def check_functions(path, code, complaints):
    code = re.sub(r"^[ \t]*#[^\n]*", lambda m: " " * len(m.group()), code, flags=re.M)
    stack, statement, line = [], "", 1
    for c in code:
        if c == "\n":
            line += 1
        outer = stack[-1][0] if stack else "namespace"
        if c == "{":
            kind = kind_of_brace(statement, outer)
            stack.append((kind, line, statement))
            statement = statement + "{}" if kind == "inside" and outer != "function" else ""
        elif c == "}":
            if not stack:
                continue
            kind, began, head = stack.pop()
            if kind == "function":
                name = " ".join(head.split())[:70]
                if line - began + 1 > FUNCTION_LINES_MAX:
                    complaints.add(path, began, f"{name} has {line - began + 1} lines, more than "
                                   f"{FUNCTION_LINES_MAX}", "function")
                check_parameters(path, began, head, complaints)
            if kind != "inside":
                statement = ""
        elif c == ";":
            if outer in ("namespace", "type") and "(" in statement:
                check_parameters(path, line, statement, complaints)
            statement = ""
        else:
            statement += c
        if c == ":" and re.search(r"\b(public|private|protected)\s*:$", statement):
            statement = ""


def check_parameters(path, line, head, complaints):
    count = count_parameters(head)
    is_callback = "void*" in head  # of a C library, which says what it has
    if count > PARAMETERS_MAX and not is_callback and not NO_FUNCTION.search(head):
        name = " ".join(head.split())[:70]
        complaints.add(path, line, f"{name} has {count} parameters, more than {PARAMETERS_MAX}",
                       "parameters")


def check_names(path, code, complaints):
    if BANNED_NAMES.search(Path(path).name.split(".")[0]):
        complaints.add(path, 1, "a file of that name", "name")
    for number, line in enumerate(code.splitlines(), 1):
        for found in re.finditer(r"\b(?:class|struct|namespace)\s+(\w+)", line):
            if BANNED_NAMES.search(found.group(1)):
                complaints.add(path, number, found.group(), "name")


def check_sizes(path, source, complaints):
    lines = source.splitlines()
    if len(lines) > LINES_MAX:
        complaints.add(path, LINES_MAX, f"{len(lines)} lines, more than {LINES_MAX}", "file")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            complaints.add(path, number, f"{len(line)} columns, more than {COLUMNS_MAX}", "line")


def check_header(path, source, complaints):
    if not path.endswith(".hpp"):
        return
    if not source.startswith("//"):
        complaints.add(path, 1, "the header does not open with a comment", "opening")
    if "#pragma once" not in source:
        complaints.add(path, 1, "the header has no #pragma once", "include guard")


def check_leftovers(path, source, complaints):
    for number, line in enumerate(source.splitlines(), 1):
        found = re.search(r"(?://|#).*\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", line)
        if found:
            complaints.add(path, number, found.group(1), "leftover")


def files_of(root):
    """What git has or would take; without git, what lies there."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "--cached", "--others",
         "--exclude-standard"], capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        paths = listed.stdout.splitlines()
    else:
        paths = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
        paths = [p for p in paths if not p.startswith(("build/", ".git/"))]
    return sorted(p for p in paths if (root / p).is_file())


def complaints_of(root):
    complaints = Complaints()
    paths = files_of(root)
    for entry in sorted({p.split("/")[0] for p in paths}):
        if entry not in TOP_LEVEL and not entry.startswith("."):
            complaints.add(entry, 1, "not one of " + ", ".join(sorted(TOP_LEVEL)), "top level")
    for path in paths:
        is_cpp = path.endswith((".cpp", ".hpp"))
        if not path.startswith(("agent/", "test/")) or not (is_cpp or path.endswith(".py")):
            continue
        source = (root / path).read_text(encoding="utf-8")
        check_sizes(path, source, complaints)
        if path == "test/architecture/rules_test.py":
            continue  # has the bad examples
        check_leftovers(path, source, complaints)
        if is_cpp:
            code = without_comments_and_texts(source)
            check_includes(path, source, complaints)
            check_rooms(path, source, complaints)
            check_purity(path, code, complaints)
            check_names(path, code, complaints)
            check_header(path, source, complaints)
            if path.startswith("agent/"):
                check_functions(path, code, complaints)
    return complaints
