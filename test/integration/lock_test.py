"""The primary moves by a lock: who takes it, who may not, what is lost, what is left alone."""
import pod_test_case
from lock_test_case import LockTestCase


class FirstStart(LockTestCase):
    def test_the_pod_that_its_name_makes_the_primary_takes_the_lock(self):
        master, *replicas = self.start_locked()
        self.assertEqual(self.lock()["term"], 1)
        self.assertEqual(master.command("SET", "key", "value"), "OK")
        for replica in replicas:
            self.until(lambda pod=replica: pod.command("GET", "key") == b"value", "the key", 5)


class Death(LockTestCase):
    def test_a_replica_takes_over_from_a_pod_that_is_gone(self):
        master, *replicas = self.start_locked()
        master.fill(1000, replicas=2)
        self.kill(master)
        primary = self.wait_for_primary(replicas)
        other = next(pod for pod in replicas if pod is not primary)
        self.assertEqual(primary.command("GET", "key:1000") is None, False)
        self.wait_for_roles(primary, replicas=[other])
        self.assertEqual(self.lock()["term"], 2)

    def test_the_old_primary_comes_back_as_a_replica(self):
        master, *replicas = self.start_locked()
        master.fill(1000, replicas=2)
        self.kill(master)
        primary = self.wait_for_primary(replicas)
        primary.command("SET", "new", "value")
        self.recreate(master)
        self.wait_for_roles(primary)
        self.assertEqual(master.command("GET", "new"), b"value")


if __name__ == "__main__":
    pod_test_case.main()
