"""TLS alone where the primary moves: a pod takes over, and the old one comes back."""
import pod_test_case
from lock_test_case import LockTestCase
from tls_test_case import TlsTestCase


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


if __name__ == "__main__":
    pod_test_case.main()
