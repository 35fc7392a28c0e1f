"""docker/sbom: what lies in an image's folder, as a document that has what SPDX 2.3 asks for."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CREATED = "2026-11-27T00:00:00Z"


class Sbom(unittest.TestCase):
    """The image stands here as one library of this machine's own."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name)
        libraries = subprocess.run(["ldd", shutil.which("apt")], capture_output=True, text=True,
                                   check=True).stdout
        for path in re.findall(r"(/\S+)", libraries):
            (self.root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, self.root / path[1:])

    def make(self, *packages):
        return subprocess.run(
            [PROJECT / "docker/sbom", self.root, "1.2.3", "abc", CREATED, *packages],
            capture_output=True, text=True, check=False)

    def document(self, *packages):
        ended = self.make(*packages)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout)

    def test_it_has_what_spdx_asks_for(self):
        found = self.document("libssl-dev")
        self.assertEqual(found["spdxVersion"], "SPDX-2.3")
        self.assertEqual(found["dataLicense"], "CC0-1.0")
        self.assertEqual(found["SPDXID"], "SPDXRef-DOCUMENT")
        self.assertRegex(found["documentNamespace"], r"^https://[^#]+$")
        self.assertEqual(found["creationInfo"]["created"], CREATED)
        for package in found["packages"]:
            self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.-]+$")
            for field in ("name", "versionInfo", "downloadLocation"):
                self.assertTrue(package[field], package)
        names = [package["SPDXID"] for package in found["packages"]]
        self.assertEqual(len(names), len(set(names)))
        for relation in found["relationships"]:
            self.assertIn(relation["spdxElementId"], [*names, "SPDXRef-DOCUMENT"])
            self.assertIn(relation["relatedSpdxElement"], names)

    def test_every_library_has_its_package_with_its_version(self):
        found = {package["name"]: package for package in self.document()["packages"]}
        self.assertEqual(found["redis-agent"]["versionInfo"], "1.2.3")
        installed = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libc6"],
                                   capture_output=True, text=True, check=True).stdout
        self.assertEqual(found["libc6"]["versionInfo"], installed)
        self.assertIn("pkg:deb/debian/libc6@",
                      found["libc6"]["externalRefs"][0]["referenceLocator"])
        self.assertIn("libstdc++6", found)

    def test_what_is_compiled_in_is_told_apart(self):
        kinds = {relation["relatedSpdxElement"]: relation["relationshipType"]
                 for relation in self.document("libssl-dev")["relationships"]}
        self.assertEqual(kinds["SPDXRef-Package-libc6"], "DYNAMIC_LINK")
        self.assertEqual(kinds["SPDXRef-Package-libssl-dev"], "STATIC_LINK")

    def test_a_library_that_no_package_has_is_an_error(self):
        (self.root / "usr/lib/libfound.so.1").parent.mkdir(parents=True, exist_ok=True)
        (self.root / "usr/lib/libfound.so.1").write_bytes(b"")
        ended = self.make()
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("libfound.so.1", ended.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
