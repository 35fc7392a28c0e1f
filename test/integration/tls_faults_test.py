"""What goes wrong with certificates: others' authorities and names, dates, broken files; what is
told of it, and that nothing is lost by it. And certificates that change."""
import ssl
import time

import pod_test_case
from pod_test_case import eventually
from pods import Authority
from tls_test_case import PASSWORD, TlsTestCase, own_names


class Wrong(TlsTestCase):
    def replica_with(self, files, words):
        """A replica beside a good primary, with those files; /status has the words."""
        primary, = self.tls_topology("only", replicas=0)
        primary.fill(10)
        replica = self.tls_pod("redis-slave-0", "only", files)
        replica.init()
        replica.start_server(*self.FLAGS)
        replica.start_sidecar()
        status = self.wait_for_words(replica, *words)
        self.assertFalse(replica.is_ready())
        return primary, replica, status

    def test_another_authority(self):
        other = Authority(self.folder, "another")
        names = own_names("redis-slave-0")
        primary, replica, _ = self.replica_with(other.issue(*names), ["certificate_untrusted"])
        self.assertNotEqual(replica.local("ROLE").splitlines()[3], "connected")
        replica.secret.put(self.authority.issue(*names))
        replica.wait_for_reason("replica_in_sync", within=20)
        self.assertEqual(replica.command("DBSIZE"), 10)
        self.assertTrue(primary.is_ready())

    def test_another_name(self):
        """Redis follows it (it looks at no name), and the agent says that it is somebody else's."""
        primary = self.tls_pod("redis-master-0", "only",
                               self.authority.issue("elsewhere.redis-headless"))
        replica = self.tls_pod("redis-slave-0", "only")
        for pod in (primary, replica):
            pod.init()
            pod.start_server(*self.FLAGS)
            pod.start_sidecar()
        primary.wait_for_reason("primary_serving")
        self.wait_for_words(replica, "certificate_name")
        self.assertFalse(replica.is_ready())
        primary.secret.put(self.authority.issue(*own_names("redis-master-0")))
        replica.wait_for_reason("replica_in_sync", within=20)

    def test_plain_tcp_at_the_primary(self):
        primary = self.redis_pod("redis-master-0", PASSWORD).bring_up()
        primary.wait_for_reason("primary_serving")
        replica = self.tls_pod("redis-slave-0", "only")
        replica.init()
        replica.start_server(*self.FLAGS)
        replica.start_sidecar()
        self.wait_for_words(replica, "no TLS there?")


class Expiry(TlsTestCase):
    @staticmethod
    def end_of(pod, which):
        return pod.metric("redis_agent_certificate_expiry_timestamp_seconds", file=which)

    def test_an_expired_certificate_does_not_lock_the_agent_out(self):
        primary, replica = self.tls_topology("only")
        primary.fill(10, replicas=1)
        for pod in (primary, replica):
            pod.secret.put(self.authority.issue(*own_names(pod.name), seconds=12))
        soon = time.time() + 20
        for pod in (primary, replica):
            eventually(lambda pod=pod: self.end_of(pod, "served") < soon,
                       f"{pod.name} to show the short one", 12, [pod])
        for pod in (primary, replica):
            self.wait_for_words(pod, "tls.crt has expired", within=20)
        self.assertTrue(primary.is_ready(), "who is connected is served")
        primary.local("CLIENT", "KILL", "TYPE", "replica")
        eventually(lambda: "master_link_status:down" in replica.local("INFO", "replication"),
                   "the link to be down", 5, [replica])
        replica.sidecar.stop()
        replica.start_sidecar()  # has no kept connection to live on
        eventually(lambda: replica.status()["redis"]["condition"] == "up", "the agent to be in", 10,
                   [replica])
        self.wait_for_words(replica, "certificate_expired")
        for pod in (primary, replica):
            pod.secret.put(self.authority.issue(*own_names(pod.name)))
        replica.wait_for_reason("replica_in_sync", within=20)
        with primary.redis() as redis:
            self.assertEqual(redis.info("stats")["sync_full"], "1")


class Change(TlsTestCase):
    def put_and_wait(self, pod, files):
        pod.secret.put(files)
        shown = ssl.PEM_cert_to_DER_cert(files["tls.crt"].decode())
        eventually(lambda: pod.served() == shown and
                   pod.metric("redis_agent_certificate_served") == 1,
                   f"{pod.name} to show it", 15, [pod])

    def test_broken_files_are_told_and_the_good_ones_stay(self):
        primary, replica = self.tls_topology("only")
        before = primary.served()
        good = self.authority.issue(*own_names(primary.name))
        other = self.authority.issue(*own_names(primary.name))
        for broken, words in (({**good, "tls.key": other["tls.key"]}, "not the key of tls.crt"),
                              ({**good, "tls.crt": good["tls.crt"][:300]}, "has no certificate"),
                              ({**good, "ca.crt": b""}, "ca.crt has no certificate"),
                              ({**good, "tls.crt": good["tls.key"], "tls.key": good["tls.crt"]},
                               "tls.key has no private key")):
            with self.subTest(words):
                primary.secret.put(broken)
                self.wait_for_words(primary, words)
                self.assertEqual(primary.metric("redis_agent_certificates_ok"), 0)
                self.assertEqual(primary.served(), before)
                self.assertTrue(primary.is_ready())
        self.put_and_wait(primary, good)
        self.assertNotEqual(primary.served(), before)
        self.assertEqual(primary.metric("redis_agent_certificates_ok"), 1)
        self.assertEqual(primary.status().get("warnings", []), [])
        replica.wait_for_reason("replica_in_sync")
        self.check_own_names(primary)

    def test_a_new_certificate_cuts_no_link(self):
        primary, replica = self.tls_topology("both")
        primary.fill(10, replicas=1)
        with primary.redis() as kept:
            for pod in (primary, replica):
                self.put_and_wait(pod, self.authority.issue(*own_names(pod.name)))
            self.assertEqual(kept("PING"), "PONG", "live connections go on")
            stats = kept.info("stats")
        self.assertEqual((stats["sync_full"], stats["sync_partial_ok"]), ("1", "0"))


class Anchor(TlsTestCase):
    def check(self, mode):
        primary, replica = self.tls_topology(mode)
        self.check_anchor(primary, replica)

    def test_an_emptied_primary_copies_from_a_replica_over_tls(self):
        self.check("only")

    def test_and_beside_plain_tcp(self):
        self.check("both")


if __name__ == "__main__":
    pod_test_case.main()
