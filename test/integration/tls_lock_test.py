"""TLS alone where the primary moves: a pod takes over, and the old one comes back."""
import pod_test_case
from lock_test_case import LockTestCase
from tls_test_case import WAY, TlsTestCase


class TlsLock(LockTestCase, TlsTestCase):
    def redis_pod(self, name, password=b"", settings=None):  # pylint: disable=arguments-differ
        del password
        return self.tls_pod(name, "only", settings=settings)

    def test_a_replica_takes_over_and_the_old_primary_comes_back(self):
        master, *replicas = self.start_locked()
        master.fill(1000, replicas=2)
        self.kill(master)
        primary = self.wait_for_primary(replicas)
        primary.command("SET", "new", "value")
        self.recreate(master)
        self.wait_for_roles(primary)
        self.assertEqual(master.command("GET", "new"), b"value")


class TheWay(LockTestCase, TlsTestCase):
    NAMES = ("redis-0", "redis-1", "redis-2")  # topology single

    def redis_pod(self, name, password=b"", settings=None):  # pylint: disable=arguments-differ
        del password
        pod = self.tls_pod(name, "both", settings=settings)
        pod.take_step(WAY[0], self.client)
        return pod

    def test_is_gone_by_one_pod_after_the_other_whichever_is_the_primary(self):
        pods = self.start_locked(self.NAMES, PRIMARY="redis-0.redis-headless")
        pods[0].fill(1000, replicas=2)
        for number, step in enumerate(WAY[1:]):
            for pod in reversed(pods):
                self.end(pod)
                pod.take_step(step, self.client)
                self.recreate(pod)
                pod.wait_until_ready(within=30)
            primary = self.wait_for_primary(pods)
            self.wait_for_roles(primary)
            primary.command("SET", step, "value")
            self.check_keys(1002 + number)


if __name__ == "__main__":
    pod_test_case.main()
