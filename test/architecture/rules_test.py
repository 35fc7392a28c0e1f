"""Holds the tree to its rules, and the rules to examples that they have to find."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import rules  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
OPENING = "// What it is for. What it does not do.\n#pragma once\n"


def complaints_about(path, text):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return rules.complaints_of(Path(folder))


class this_tree(unittest.TestCase):
    def test_keeps_the_rules(self):
        complaints = rules.complaints_of(ROOT)
        self.assertFalse(complaints, "\n" + "\n".join(complaints))


class an_example(unittest.TestCase):
    def finds(self, rule, path, text):
        complaints = complaints_about(path, text)
        self.assertTrue(any(rules.WHY[rule] in c for c in complaints), f"{rule}: {complaints}")

    def passes(self, path, text):
        self.assertEqual(complaints_about(path, text), [])

    def test_includes_go_one_way(self):
        self.finds("direction", "agent/core/base/a.cpp", '#include "wire/resp.hpp"\n')
        self.finds("direction", "agent/wire/a.cpp", '#include "io/clock.hpp"\n')
        self.finds("direction", "agent/io/a.cpp", '#include "command/init.hpp"\n')
        self.finds("direction", "agent/core/base/a.cpp", '#include "time.hpp"\n')
        self.passes("agent/command/a.cpp",
                    '#include "io/clock.hpp"\n#include "core/base/time.hpp"\n')

    def test_the_rooms_of_core_go_one_way(self):
        self.finds("room", "agent/core/memory/a.cpp", '#include "core/safety/gate.hpp"\n')
        self.finds("room", "agent/core/base/a.cpp", '#include "core/time.hpp"\n')
        self.finds("room", "agent/core/a.cpp", "")
        self.finds("room", "agent/core/kitchen/a.cpp", "")
        self.passes("agent/core/safety/a.cpp", '#include "core/memory/memory.hpp"\n')

    def test_a_library_has_one_folder(self):
        self.finds("third party", "agent/io/a.cpp", "#include <hiredis/hiredis.h>\n")
        self.finds("third party", "agent/core/base/a.cpp", "#include <boost/asio.hpp>\n")
        self.finds("third party", "agent/command/a.cpp", "#include <boost/beast/http.hpp>\n")
        self.finds("third party", "agent/command/a.cpp", "#include <spdlog/spdlog.h>\n")
        self.finds("third party", "agent/io/a.cpp", "#include <CLI/CLI.hpp>\n")
        self.finds("third party", "agent/core/base/a.cpp", "#include <openssl/ssl.h>\n")
        self.passes("agent/wire/a.cpp", "#include <hiredis/hiredis.h>\n")
        self.passes("agent/command/a.cpp", "#include <boost/asio/io_context.hpp>\n")

    def test_core_is_pure(self):
        for line in ["auto t = clock::now();", 'getenv("HOME");', "std::random_device d;",
                     "int r = rand();", 'fopen("a", "r");', "std::ifstream f;", "std::thread t;",
                     "socket(1, 2, 3);", "sleep(1);", "spdlog::info(1);", "std::cerr << 1;"]:
            self.finds("pure", "agent/core/base/a.cpp", f"void f() {{ {line} }}\n")
        self.passes("agent/core/base/a.cpp",
                    '// asks now() and getenv\nconst char* s = "socket(";\n')
        self.passes("agent/io/a.cpp", "void f() { auto t = clock::now(); }\n")

    def test_sizes(self):
        self.finds("file", "agent/io/a.cpp", "\n" * 401)
        self.finds("line", "agent/io/a.cpp", "// " + "x" * 98 + "\n")
        self.finds("function", "agent/io/a.cpp", "void f(int a) {\n" + "  g();\n" * 60 + "}\n")
        self.finds("function", "agent/io/a.cpp",
                   "class c {\n public:\n  void f() {\n" + "    g();\n" * 60 + "  }\n};\n")
        self.passes("agent/io/a.cpp", "void f() {\n" + "  g();\n" * 58 + "}\n")
        self.passes("agent/io/a.cpp", "int table[] = {\n" + "  g(1),\n" * 70 + "};\n")

    def test_parameters(self):
        self.finds("parameters", "agent/io/a.cpp", "void f(int a, int b, int c, int d, int e) {}\n")
        self.finds("parameters", "agent/io/a.cpp", "void f(int a, int b, int c, int d, int e);\n")
        self.finds("parameters", "agent/io/a.cpp",
                   "struct s {\n  s(int a, int b, int c, int d, int e) : a_(a) {}\n};\n")
        self.passes("agent/io/a.cpp", "void f(std::map<int, int> a, int b, g<1, 2> c, int d) {}\n")

    def test_headers_open_with_a_comment(self):
        self.finds("opening", "agent/io/a.hpp", "#pragma once\n")
        self.finds("include guard", "agent/io/a.hpp", "// What for.\n")
        self.passes("agent/io/a.hpp", OPENING)

    def test_names_say_something(self):
        self.finds("name", "agent/io/socket_helper.cpp", "")
        self.finds("name", "agent/io/utils.hpp", OPENING)
        self.finds("name", "agent/io/a.cpp", "class link_manager {};\n")
        self.passes("agent/io/a.cpp", "class update {};\n")

    def test_leftovers(self):
        self.finds("leftover", "agent/io/a.cpp", "// TODO: later\n")
        self.finds("leftover", "test/a.py", "# FIXME\n")

    def test_the_top_level_is_kept_small(self):
        self.finds("top level", "scripts/run.sh", "")
        self.passes(".ci/run", "")


if __name__ == "__main__":
    unittest.main()
