"""A volume whose files do not come back, or cannot be read: whom that stops, and whom it does not.
"""
import time

import pod_test_case
from pods import HangingDisk
from safety_test_case import MEMORY, SafetyTestCase

_PROBES = ("/livez", "/readyz", "/redis/livez")


class HangingVolume(SafetyTestCase):
    """The agents' volumes hang; Redis's own do not."""

    def setUp(self):
        super().setUp()
        self.disk = HangingDisk()
        self.addCleanup(self.disk.go_on)

    def start_on_it(self):
        pods = self.start(1)
        pods[0].fill(1000, replicas=1)
        for pod in pods:
            self.wait_for_memory(pod, has_keys=True)
            pod.sidecar.stop()
            pod.start_sidecar(variables=self.disk.variables)
        pods[0].wait_for_reason("primary_serving")
        pods[1].wait_for_reason("replica_in_sync")
        return pods

    def wait_until_it_hangs(self, *pods):
        self.disk.hang()
        for pod in pods:
            pod.sidecar.wait_for_log("the volume does not serve the agent's memory", within=20)

    def test_probes_are_answered_as_ever(self):
        pods = self.start_on_it()
        self.wait_until_it_hangs(*pods)
        for pod in pods:
            self.assertEqual(pod.metric("redis_agent_volume_ok"), 0)
            self.assertEqual(pod.status()["volume"], "it does not answer")
            for path in _PROBES:
                begin = time.monotonic()
                answers = [pod.get(path, within=1).status for _ in range(20)]
                self.assertEqual(answers, [200] * 20, f"{pod.name} {path}")
                print(f"{pod.name} {path}: {(time.monotonic() - begin) / 20 * 1000:.1f} ms")
        pods[0].fill(2000, replicas=1)
        self.disk.go_on()
        for pod in pods:
            pod.sidecar.wait_for_log("the volume serves the agent's memory again")
            self.assertEqual(pod.metric("redis_agent_volume_ok"), 1)
        self.until(lambda: self.memory(pods[0])["keys"] == 2000, "the volume to be written again",
                   within=20)

    def test_an_agent_ends_all_the_same(self):
        primary, _ = self.start_on_it()
        self.wait_until_it_hangs(primary)
        primary.sidecar.send_signal(15)
        self.assertEqual(primary.sidecar.wait(within=10), 0)

    def test_nothing_is_decided_without_what_it_has(self):
        primary, replica = self.start_on_it()
        replica.command("SAVE")
        self.disk.hang()
        self.kill(primary, replica)
        self.empty(primary)
        for pod in (primary, replica):
            pod.init()
            self.start_server(pod)
            pod.start_sidecar(variables=self.disk.variables)
        self.wait_for_gate(primary, "waits", "it does not answer")
        self.stays(lambda: replica.command("DBSIZE") == 1000, 3, "the replica was wiped")
        self.disk.go_on()
        self.wait_for_all(1000)


class UnreadableMemory(SafetyTestCase):
    def test_it_is_not_taken_for_none(self):
        primary, = self.start(0)
        primary.fill(10)
        primary.command("SAVE")
        self.wait_for_memory(primary, has_keys=True)
        path = primary.pod.path(MEMORY)
        whole = path.read_text()
        self.kill(primary)
        path.write_text(whole[:50])
        self.recreate(primary)
        self.wait_for_gate(primary, "waits", "/data/redis-agent.json is no JSON object",
                           "put the right one back")
        self.stays(lambda: primary.status()["reason"] == "gate_closed", 2, "it opened")
        self.assertEqual(path.read_text(), whole[:50])
        path.write_text(whole)
        self.wait_for_all(10)


if __name__ == "__main__":
    pod_test_case.main()
