"""Two pods of one name, and a replica that somebody has promoted: never two that take writes."""
import pod_test_case
from pod_test_case import PRIMARY_NAME
from safety_test_case import SafetyTestCase

_PATIENCE = 2.0
_FULL_NAME = f"{PRIMARY_NAME}.redis-headless.redis.svc.cluster.local"  # its pod's /etc/hosts has it


class Deposed(SafetyTestCase):
    """A force-deleted pod runs on where nobody sees it; its successor starts from its volume."""

    def put_successor(self, replicas, **settings):
        """The pods are the successor and the replicas from here on."""
        settings["PEER_WAIT"] = f"{_PATIENCE}s"
        deposed, *replicas = self.start(replicas, **settings)
        deposed.fill(1000, replicas=len(replicas))
        deposed.command("SAVE")
        deposed.sidecar.pause()  # what it does of its own accord is seen later
        successor = self.one_pod(PRIMARY_NAME, **settings)
        self.addCleanup(deposed.pod.end)
        deposed.pod.name = "deposed"
        self.copy_volume(deposed, successor)
        self.pods = [successor, *replicas]
        return deposed, successor

    def test_it_closes_and_only_then_its_successor_opens(self):
        deposed, successor = self.put_successor(2)
        self.watch([deposed, *self.pods])
        self.recreate(successor)
        self.wait_for_gate(successor, "rule ")
        with deposed.redis() as redis:
            redis("SET", "late", "write")
            self.assertEqual(redis("WAIT", 2, 5000), 2)
        self.stays(lambda: not self.takes_writes(successor), 2 * _PATIENCE,
                   "it opened while its replicas were fed by another server")
        self.assertEqual(successor.status()["reason"], "gate_closed")
        deposed.sidecar.resume()
        self.until(lambda: deposed.command("ROLE")[0] == b"slave", "the deposed one to close")
        self.wait_for_all(1001)
        self.assertFalse(self.takes_writes(deposed))
        self.assertFalse(deposed.is_ready())
        self.assertEqual(successor.command("GET", "late"), b"write")
        self.check_watch()

    def test_it_learns_of_its_successor_by_the_full_name_too(self):
        deposed, successor = self.put_successor(1, PRIMARY=_FULL_NAME)
        self.watch([deposed, *self.pods])
        self.recreate(successor)
        deposed.sidecar.resume()
        self.until(lambda: deposed.command("ROLE")[0] == b"slave", "the deposed one to close")
        self.wait_for_all(1000)
        self.check_watch()


class Promoted(SafetyTestCase):
    @staticmethod
    def is_fed_by(pod, feeder):
        """Told again: an order of its agent's may still have been on its way."""
        with pod.redis() as redis:
            info = redis.info("replication")
            if info["master_host"] != feeder.pod.address:
                redis("REPLICAOF", feeder.pod.address, "6379")
                return False
        return info["master_link_status"] == "up"

    def test_a_replica_without_keys_is_a_primary_when_it_takes_writes(self):
        primary, replica, other = self.start(2)
        self.kill(primary)
        self.until(lambda: replica.status()["decision"].startswith("no_contact"),
                   "it to know that the primary is gone")
        replica.command("REPLICAOF", "NO", "ONE")
        other.sidecar.pause()
        self.until(lambda: self.is_fed_by(other, replica), "the other one to copy from it")
        self.watch(tolerated=["ready and empty"])
        self.recreate(primary)
        held = self.wait_for_gate(primary, "holds (rule 2)")
        self.assertTrue(any(name in held for name in (replica.name, replica.pod.address)), held)
        self.stays(lambda: not self.takes_writes(primary), 2, "two servers take writes")
        self.check_watch()
        other.sidecar.resume()
        replica.command("REPLICAOF", "127.0.0.1", "1")
        self.wait_for_all(0)


if __name__ == "__main__":
    pod_test_case.main()
