"""One version, that of CMakeLists.txt, wherever one stands; and a change log that knows it."""

import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import version

PROJECT = version.PROJECT
HELM = shutil.which("helm") or shutil.which("helm", path="/var/lib/test-cluster/bin")


class Version(unittest.TestCase):
    def test_every_text_has_the_one_of_cmake(self):
        for path in version.files():
            text = path.read_text(encoding="utf-8")
            self.assertEqual(text, version.with_version(path, text),
                             f"{path}: renew it: python3 test/chart/version.py")

    def test_another_version_would_be_found(self):
        text = version.CHART.read_text(encoding="utf-8").replace("appVersion: ", "appVersion: 9")
        self.assertNotEqual(text, version.with_version(version.CHART, text))
        old = "image: localhost/redis-agent:0.0.9-rc.1"
        self.assertEqual(version.with_version(pathlib.Path("x"), old),
                         f"image: localhost/redis-agent:{version.version()}")

    def test_nobody_else_says_one(self):
        for path in ("docker/Dockerfile", "docker/build", "test/cluster/images.py"):
            text = (PROJECT / path).read_text(encoding="utf-8")
            self.assertIsNone(re.search(rf"(?<![0-9.]){re.escape(version.version())}", text), path)

    def test_the_change_log_begins_with_it(self):
        text = version.CHANGELOG.read_text(encoding="utf-8")
        self.assertEqual(re.findall(r"(?m)^## (\S+)", text)[0], version.version())
        self.assertTrue(version.changes())
        self.assertLessEqual({kind for kind, _ in version.changes()}, set(version.KINDS))


@unittest.skipUnless(HELM, "helm is not here: nothing is packaged")
class Package(unittest.TestCase):
    def test_helm_package_has_all_that_a_chart_needs(self):
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run([HELM, "package", PROJECT / "k8s/chart", "-d", folder],
                                   capture_output=True, text=True, check=False)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            archive = pathlib.Path(folder, f"redis-{version.version()}.tgz")
            with tarfile.open(archive) as packed:
                names = {name.removeprefix("redis/") for name in packed.getnames()}
        self.assertLessEqual({"Chart.yaml", "README.md", "values.yaml", "values.schema.json",
                              "templates/statefulset.yaml", "files/alerts.yaml"}, names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
