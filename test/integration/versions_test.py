"""Two versions of the agent side by side in a rolling update, and what each leaves to the other."""
import json

import pod_test_case
from older_agent import older_agent
from pod_test_case import AGENT
from safety_test_case import MEMORY, SafetyTestCase

_FORMAT = 2


class Format(SafetyTestCase):
    def test_pages_and_the_memory_carry_it(self):
        primary, = self.start(0)
        primary.fill(10)
        self.wait_for_memory(primary, has_keys=True)
        self.assertEqual(primary.status().get("format"), _FORMAT)
        self.assertEqual(self.memory(primary).get("format"), _FORMAT)

    def test_what_a_newer_agent_has_noted_survives(self):
        primary, = self.start(0)
        primary.fill(10)
        self.wait_for_memory(primary, has_keys=True)
        primary.command("SAVE")
        self.kill(primary)
        noted = {**self.memory(primary), "format": _FORMAT + 1, "of_the_future": {"a": [1, "b"]}}
        noted["history"]["of_the_future"] = True
        primary.pod.path(MEMORY).write_text(json.dumps(noted), encoding="utf-8")
        self.recreate(primary)
        self.until(lambda: self.memory(primary)["run_id"] != noted["run_id"], "it to be rewritten")
        self.assertEqual(self.memory(primary).get("of_the_future"), {"a": [1, "b"]})


class Leftovers(SafetyTestCase):
    def test_temporary_files_of_a_killed_agent_go_and_others_stay(self):
        primary, = self.start(0)
        self.kill(primary)
        folder = primary.pod.path("/data")
        left = [folder / "redis-agent.json.new-k1LL3d",
                folder / "redis-agent.decision.new-Gx09aZ"]
        others = [folder / "redis-agent.json.k1LL3d", folder / "dump.rdb.new-k1LL3d"]
        for path in (*left, *others):
            path.write_text("{", encoding="utf-8")
        self.recreate(primary)
        self.until(lambda: not (still := [path.name for path in left if path.exists()])
                   or self.fail(f"{still}"), "both to be gone", 5)
        self.assertTrue(all(path.exists() for path in others))


class RollingUpdate(SafetyTestCase):
    """Each role has had the other version; pods restart as the version that they are, and as the
    other one."""

    KEYS = (500, 1000, 1500, 2000)

    @classmethod
    def setUpClass(cls):
        cls.older = older_agent()

    def bring_up(self, of_primary, of_replicas):
        for name in ("redis-master-0", "redis-slave-0", "redis-slave-1"):
            self.one_pod(name)
        for pod in self.pods:
            pod.agent = of_primary if pod is self.pods[0] else of_replicas
        self.recreate(*self.pods)
        self.wait_for_all(0)
        return self.pods

    def fill(self, keys):
        self.pods[0].fill(keys, replicas=2)

    def wait_for_one_cluster(self):
        self.until(lambda: len({self.memory(pod)["cluster_id"] for pod in self.pods}) == 1,
                   "all volumes to remember one cluster")

    def come_back_older(self, primary):
        """Its volume is from before some writes that both replicas have."""
        primary.command("SAVE")
        before = {path.name: path.read_bytes()
                  for path in primary.pod.path("/data").iterdir() if path.is_file()}
        self.fill(self.KEYS[2])
        self.kill(primary)
        self.empty(primary)
        for name, content in before.items():
            (primary.pod.path("/data") / name).write_bytes(content)
        self.recreate(primary)
        self.wait_for_all(self.KEYS[2])

    def exchange(self, *pods):
        """The update's step, and as well its way back."""
        for pod in pods:
            self.end(pod)
            pod.agent = AGENT if pod.agent == self.older else self.older
            self.recreate(pod)
            self.wait_for_all(self.KEYS[2])

    def live_through(self, of_primary, of_replicas):
        primary, *replicas = self.bring_up(of_primary, of_replicas)
        self.fill(self.KEYS[0])
        self.wait_for_one_cluster()
        self.watch()
        self.end(replicas[0])
        self.recreate(replicas[0])
        self.end(primary)
        self.recreate(primary)
        self.wait_for_all(self.KEYS[0])
        self.fill(self.KEYS[1])
        self.come_back_older(primary)
        self.exchange(primary, *replicas)
        self.fill(self.KEYS[3])
        self.check_keys(self.KEYS[3])
        self.wait_for_one_cluster()
        self.check_watch()

    def test_an_older_primary_among_newer_replicas(self):
        self.live_through(self.older, AGENT)

    def test_a_newer_primary_among_older_replicas(self):
        self.live_through(AGENT, self.older)


if __name__ == "__main__":
    pod_test_case.main()
