"""A pod that is well and out of the API server's reach takes no lock, and keeps nobody from it."""
import pod_test_case
from lock_test_case import LockTestCase

UNTIL_TAKEN = 12.0


class Unreached(LockTestCase):
    @staticmethod
    def cut(pod, other):
        pod.pod.drop_from(other.pod)
        other.pod.drop_from(pod.pod)

    def cut_from_api(self, pod):
        self.cut(pod, self.api)
        self.until(lambda: pod.status()["lock"].get("could_take") is False,
                   f"{pod.name} to say that it could not take the lock", 5)

    def heal(self, *pods):
        for pod in (*pods, self.api):
            pod.pod.heal()

    def test_another_one_takes_over(self):
        master, first, second = self.start_locked()
        self.cut_from_api(first)
        self.kill(master)
        self.assertEqual(self.wait_for_primary([first, second], UNTIL_TAKEN), second)
        self.heal(first)
        self.wait_for_roles(second, replicas=[first])

    def test_what_it_has_beyond_is_copied_by_who_takes_over(self):
        master, ahead, behind = self.start_locked()
        master.fill(100, replicas=2)
        self.cut(behind, master)
        master.command("SET", "late", "1")
        self.until(lambda: ahead.command("GET", "late") == b"1", "one of them to be ahead")
        self.cut(ahead, self.api)
        self.kill(master)
        self.assertEqual(self.wait_for_primary([ahead, behind], UNTIL_TAKEN), behind)
        self.assertEqual(behind.command("GET", "late"), b"1")
        self.heal(ahead, behind)
        self.wait_for_roles(behind, replicas=[ahead])

    def test_the_primary_is_moved_to_another_one(self):
        master, first, second = self.start_locked()
        self.cut_from_api(first)
        refused = self.move(master, first)
        self.assertEqual(refused.returncode, 1, refused.stdout + refused.stderr)
        self.assertIn(b"able to take the lock", refused.stdout + refused.stderr)
        self.assertTrue(self.takes_writes(master))
        done = self.move(master)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.heal(first)
        self.wait_for_roles(second)

    @staticmethod
    def move(pod, to=None):
        where = ["--to", to.name] if to else []
        return pod.pod.run(pod.agent, "switchover", *where, variables=pod.variables)


if __name__ == "__main__":
    pod_test_case.main()
