"""On the way to TLS on running pods somebody is behind, does not answer, or has no TLS: the others
stay as they are, and say so. A primary that moves goes it too."""
import pod_test_case
from lock_test_case import LockTestCase
from pod_test_case import PRIMARY_NAME
from tls_way_test_case import FILE, WayTestCase


class WithALock(LockTestCase, WayTestCase):
    def redis_pod(self, name, password=b"", settings=None):  # pylint: disable=arguments-differ
        del password
        return self.pod_with_file(name, "allow", settings)

    def test_the_primary_stays_and_a_replica_can_take_over_by_tls_alone(self):
        pods = self.start_locked()
        term = self.lock()["term"]
        pods[0].fill(500, replicas=2)
        self.go(pods, ("both", "only"))
        self.wait_for_roles(pods[0])
        self.assertEqual(self.lock()["term"], term)
        keys = pods[0].command("DBSIZE")
        self.kill(pods[0])
        primary = self.wait_for_primary(pods[1:])
        self.recreate(pods[0])
        self.wait_for_roles(primary)
        self.assertGreaterEqual(pods[0].command("DBSIZE"), keys)
        self.wait_for_way(pods[0], "only")


class Held(WayTestCase):
    def test_where_the_primary_speaks_no_tls_a_replica_stays_as_it_is(self):
        primary = self.tls_pod(PRIMARY_NAME, "both", settings={"TLS": "off"})
        primary.port, primary.shown = 6379, None
        replica = self.pod_with_file("redis-slave-0", "allow")
        self.bring_up([primary, replica])
        for word in ("both", "only"):
            self.say(replica, word)
            self.wait_for_warning(replica, "redis-master-0 is not reached at its port 6380")
            self.assertTrue(replica.is_ready())
            self.wait_for_way(replica, "allow")
        # An agent that begins in between is not ahead of what has been proven.
        replica.sidecar.kill()
        replica.start_sidecar()
        self.wait_for_warning(replica, "redis-master-0 is not reached at its port 6380")
        self.wait_for_way(replica, "allow")
        self.say(replica, "off")
        self.wait_for_warning(replica, "expected allow, both or only")
        replica.wait_until_ready()

    def test_plain_tcp_stays_while_somebody_comes_by_it_or_does_not_answer(self):
        primary, second, third = pods = [
            self.pod_with_file(name, word) for name, word in
            ((PRIMARY_NAME, "both"), ("redis-slave-0", "both"), ("redis-slave-1", "allow"))]
        self.bring_up(pods)
        self.say(primary, "only")
        self.wait_for_warning(primary, "redis-slave-1 still goes by plain TCP (allow)")
        second.sidecar.kill()
        self.say(third, "only")
        self.wait_for_warning(primary, "the agent of redis-slave-0 does not answer")
        self.wait_for_way(primary, "both")
        self.assertTrue(self.speaks_plain_tcp(primary))
        second.start_sidecar()
        self.wait_for_way(primary, "only")
        self.assertFalse(self.speaks_plain_tcp(primary))
        self.wait_for_way(third, "only")

    def test_a_replica_that_is_cut_off_goes_the_way_that_is_left(self):
        primary = self.pod_with_file(PRIMARY_NAME, "only")
        replica = self.pod_with_file("redis-slave-0", "allow")
        self.begin(primary)
        self.begin(replica)
        primary.wait_for_reason("primary_serving")
        replica.wait_for_reason("never_in_sync")
        self.say(replica, "only")
        replica.wait_for_reason("replica_in_sync", within=20)
        self.wait_for_way(replica, "only")

    def test_a_wrong_word_is_refused_at_the_start(self):
        pod = self.pod_with_file(PRIMARY_NAME, "tls")
        done = pod.try_init()
        self.assertEqual(done.returncode, 2)
        self.assertIn(f'--tls-file={FILE}: got "tls", expected allow, both or only',
                      done.stderr.decode())


if __name__ == "__main__":
    pod_test_case.main()
