"""The commands of k8s/README.md, word for word."""

import os
import pathlib
import re
import subprocess
import tempfile

from cluster import PROJECT
from cluster_test_case import PODS, ClusterTestCase, main

BEGIN, END = "<!-- tried on a cluster -->", "<!-- end of what is tried -->"


def commands():
    text = (PROJECT / "k8s/README.md").read_text().split(BEGIN)[1].split(END)[0]
    return re.sub(r"(?m)^    ", "", text).strip()


class Readme(ClusterTestCase):
    namespace = "redis"

    def test_every_command_does_what_it_says(self):
        with tempfile.TemporaryDirectory() as folder:
            for tool in ("kubectl", "helm") if self.cluster.own else ():
                path = pathlib.Path(folder, tool)
                path.write_text(f'#!/bin/sh\nexec {self.cluster.own[0]} {tool} "$@"\n')
                path.chmod(0o755)
            # The image's tag is the one thing that the tests cannot have from a registry.
            script = commands().replace(
                "persistence.size=2Gi", "persistence.size=2Gi --set image.tag=7.0.15"
            )
            ended = subprocess.run(
                ["bash", "-ec", script],
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
                env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            )
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        for pod in PODS:
            self.assertRegex(ended.stdout, rf"{pod} +(primary|replica) +yes")
        self.assertRegex(ended.stdout, r"Phase: +Succeeded")
        self.assertNotIn("would violate PodSecurity", ended.stderr)
        self.saw(next(line for line in ended.stdout.split("\n") if line.startswith("Phase:")))


if __name__ == "__main__":
    main()
