"""The README's way to install it."""

from cluster_test_case import PODS, ClusterTestCase, main
from readme import commands, run_commands


class Readme(ClusterTestCase):
    namespace = "redis"

    def test_every_command_does_what_it_says(self):
        # The server's image is the one thing that the tests cannot have from a registry.
        script = commands("install").replace(
            "persistence.size", "image.tag=7.0.15,persistence.size"
        )
        self.assertIn("image.tag", script)
        ended = run_commands(self.cluster, script)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        for pod in PODS:
            self.assertRegex(ended.stdout, rf"{pod} +(primary|replica) +yes")
        self.assertRegex(ended.stdout, r"Phase: +Succeeded")
        self.assertNotIn("would violate PodSecurity", ended.stderr)
        self.saw(next(line for line in ended.stdout.split("\n") if line.startswith("Phase:")))


if __name__ == "__main__":
    main()
