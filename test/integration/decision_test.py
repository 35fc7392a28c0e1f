"""`redis-agent resolve` is about the situation that it showed, and not about a later one."""
import os
import re

import pod_test_case
from pod_test_case import PRIMARY_NAME
from safety_test_case import SafetyTestCase

_COPIES = re.compile(r'gives an order.*to=redis order="REPLICAOF \S+ 6379')
_KEYS = 1000


class Late(SafetyTestCase):
    def hold_for_silent_replicas(self):
        primary, *replicas = self.start(PEER_WAIT_EMPTY="1s")
        primary.fill(_KEYS, replicas=2)
        self.wait_for_memory(primary, has_keys=True)
        for replica in replicas:  # a copy takes some seconds, so that there is a middle
            replica.command("CONFIG", "SET", "rdb-key-save-delay", "4000")
            replica.server.pause()
        primary.server.kill()
        self.empty(primary, but=("redis-agent.json",))
        self.start_server(primary)
        self.wait_for_gate(primary, "holds (rule 7)")
        return primary, replicas

    def begin_to_resolve(self, pod):
        """What is typed later goes to the file that this returns with the process."""
        answers = pod.pod.path("/run/answers")
        os.mkfifo(answers)
        script = ("exec 3<>/run/answers; "
                  f"exec {pod.agent} resolve --keep=mine <&3 2>/run/complaints")
        process = pod.pod.start("sh", "-c", script, name="resolve", variables=pod.variables)
        process.wait_for_log("Type the pod's name")
        return process, answers

    def test_a_decision_for_silent_pods_is_refused_when_they_are_being_copied(self):
        primary, replicas = self.hold_for_silent_replicas()
        shown = primary.status().get("situation")
        resolving, answers = self.begin_to_resolve(primary)
        self.watch(tolerated=["ready and empty"])
        for replica in replicas:
            replica.server.resume()
        self.until(lambda: _COPIES.search(primary.sidecar.log()), "the copy to begin")
        answers.write_text(PRIMARY_NAME + "\n", encoding="utf-8")
        code = resolving.wait(20)
        complaints = primary.pod.path("/run/complaints").read_text(encoding="utf-8")
        self.wait_for_all(_KEYS, within=30)
        self.check_watch()
        self.assertEqual(code, 1, resolving.log())
        self.assertIn("refused", complaints)
        self.assertTrue(shown)
        self.assertNotEqual(primary.status()["situation"], shown)
        self.assertIn("answer_to_decision", primary.status())

    def test_a_decision_for_an_agent_that_has_died_is_none_for_the_next(self):
        primary, replicas = self.hold_for_silent_replicas()
        resolving, answers = self.begin_to_resolve(primary)
        primary.sidecar.kill()
        answers.write_text(PRIMARY_NAME + "\n", encoding="utf-8")
        resolving.wait(30)
        for replica in replicas:
            replica.server.resume()
        self.watch(tolerated=["ready and empty"])
        primary.start_sidecar()
        self.wait_for_all(_KEYS, within=30)
        self.check_watch()


if __name__ == "__main__":
    pod_test_case.main()
