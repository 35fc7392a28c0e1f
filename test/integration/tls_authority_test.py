"""A new authority and a certificate of it in one Secret, which pods see at different times, while
their links are cut: no handshake fails. The naive way beside it fails the same test."""
import contextlib
import os
import random
import ssl
import threading
import time

import pod_test_case
from later_clock import later_clock, let_pass
from pod_test_case import eventually
from pods import Authority, RespError
from rotation_table import full_syncs, print_row
from tls_test_case import OWN_FOLDER, TlsTestCase, own_names

CUT_EVERY = 0.25
SPREAD = 2.0  # seconds between two kubelets that bring a Secret
OVERLAP = 121


def failed_handshakes(pod):
    """Of its server with its primary, refused by either of them, in all its runs.

    Who comes to it and is refused may be an agent that tries how a step would go."""
    return [line for process in pod.pod.processes if process.name.startswith("redis-server")
            for line in process.log().splitlines()
            if "error:0A" in line and "accepting a client" not in line]


class Cutter(threading.Thread):
    """Cuts the links of all replicas. Who is connected stays so, whatever certificates become."""

    def __init__(self, primary):
        super().__init__(daemon=True)
        self._primary = primary
        self._ends = threading.Event()
        self.cuts = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self.join()

    def run(self):
        with self._primary.redis() as redis:
            while not self._ends.wait(CUT_EVERY):
                self.cuts += redis("CLIENT", "KILL", "TYPE", "replica")


class AuthorityTestCase(TlsTestCase):
    def start(self):
        self.variables = later_clock()
        pods = self.tls_topology("only", replicas=2, variables=self.variables)
        pods[0].fill(100, replicas=2)
        return pods

    def let_overlap_pass(self, *pods):
        for pod in pods:
            self.wait_for_words(pod, "of a new authority, and not shown yet")
            let_pass(OVERLAP, pod)

    def let_old_one_go(self, pods):
        for pod in pods:
            self.wait_for_words(pod, "has no more is trusted on")
            let_pass(OVERLAP, pod)

    def another_authority(self):
        """As cert-manager renews one: with a key of its own, and the same name."""
        return Authority(self.folder)

    def print_row(self, way, cutter, pods):
        print_row(f"{way}, {cutter.cuts} links cut", ("in authority_clients_test",) * 2,
                  sum(len(failed_handshakes(pod)) for pod in pods), pods)

    def wait_until_all_show(self, pods, files, within):
        for pod in pods:
            shown = ssl.PEM_cert_to_DER_cert(files[pod.name]["tls.crt"].decode())

            def look(pod=pod, shown=shown):
                with contextlib.suppress(OSError, RespError):
                    return pod.served() == shown
                return False
            eventually(look, f"{pod.name} to show the new one", within, pods)

    def wait_until_all_trust_it_alone(self, pods, authority, within):
        for pod in pods:
            path = pod.pod.path(OWN_FOLDER) / "ca.crt"
            eventually(lambda path=path: path.read_bytes() == authority.text,
                       f"{pod.name} to drop the old authority", within, pods)

    def rotate(self, pods, between=lambda pod: None):
        fresh = self.another_authority()
        files = {pod.name: fresh.issue(*own_names(pod.name)) for pod in pods}
        for pod in random.sample(pods, len(pods)):
            pod.secret.put(files[pod.name])
            between(pod)
            self.let_overlap_pass(pod)  # the others have not seen it yet, and that counts
            time.sleep(SPREAD)
        self.wait_until_all_show(pods, files, 20)
        self.let_old_one_go(pods)
        self.wait_until_all_trust_it_alone(pods, fresh, 20)


class NewAuthority(AuthorityTestCase):
    def test_breaks_no_link(self):
        pods = self.start()
        with Cutter(pods[0]) as cutter:
            self.rotate(pods)
            time.sleep(1)
        self.print_row("a new authority, trusted first", cutter, pods)
        for pod in pods:
            self.assertEqual(failed_handshakes(pod), [], pod.name)
            pod.wait_for_reason("primary_serving", "replica_in_sync")
            self.assertEqual(pod.status().get("warnings", []), [])
        self.assertEqual([full_syncs(pod) for pod in pods[1:]], [1, 1])
        self.assertGreater(cutter.cuts, 20)

    def test_breaks_no_link_where_agents_restart(self):
        pods = self.start()

        def restart(pod):
            pod.sidecar.stop()
            pod.start_sidecar(variables=self.variables)
        with Cutter(pods[0]) as cutter:
            self.rotate(pods, between=restart)
        self.print_row("trusted first, agents restart", cutter, pods)
        for pod in pods:
            self.assertEqual(failed_handshakes(pod), [], pod.name)
            pod.wait_for_reason("primary_serving", "replica_in_sync")

    def test_waits_for_a_pod_that_has_not_seen_it(self):
        primary, seen, unseen = pods = self.start()
        fresh = self.another_authority()
        before = primary.served()
        for pod in (primary, seen):
            pod.secret.put(fresh.issue(*own_names(pod.name)))
        self.wait_for_words(primary, "not shown yet: for 2 min")
        self.let_overlap_pass(primary, seen)
        self.wait_for_words(primary, "of a new authority", "redis-slave-1 does not take it yet")
        self.assertEqual(primary.metric("redis_agent_certificates_ok"), 0)
        self.assertEqual(primary.served(), before)
        primary.local("CLIENT", "KILL", "TYPE", "replica")
        for pod in (seen, unseen):
            pod.wait_for_reason("replica_in_sync")
        files = {unseen.name: fresh.issue(*own_names(unseen.name))}
        unseen.secret.put(files[unseen.name])
        self.let_overlap_pass(unseen)
        self.wait_until_all_show([unseen], files, 20)
        self.let_old_one_go(pods)
        self.wait_until_all_trust_it_alone(pods, fresh, 20)
        self.assertEqual(primary.metric("redis_agent_certificates_ok"), 1)
        self.assertEqual([full_syncs(pod) for pod in (seen, unseen)], [1, 1])

    def test_an_end_that_is_near_is_not_waited_for(self):
        pods = self.start()
        short = {pod.name: self.authority.issue(*own_names(pod.name), seconds=25) for pod in pods}
        end = time.monotonic() + 25
        for pod in pods:
            pod.secret.put(short[pod.name])
        self.wait_until_all_show(pods, short, 10)
        fresh = self.another_authority()
        files = {pod.name: fresh.issue(*own_names(pod.name)) for pod in pods}
        for pod in pods:
            pod.secret.put(files[pod.name])
        with Cutter(pods[0]):
            self.wait_until_all_show(pods, files, 25)
        self.assertLess(time.monotonic(), end)
        for pod in pods:
            self.assertEqual(failed_handshakes(pod), [], pod.name)


class TheNaiveWay(AuthorityTestCase):
    def test_fails_the_same_test(self):
        pods = self.start()
        for pod in pods:
            pod.sidecar.stop()
        fresh = self.another_authority()
        with Cutter(pods[0]) as cutter:
            for pod in pods:
                for name, content in fresh.issue(*own_names(pod.name)).items():
                    (pod.pod.path(OWN_FOLDER) / name).write_bytes(content)
                pod.local("CONFIG", "SET", "tls-cert-file", f"{OWN_FOLDER}/tls.crt")
                time.sleep(SPREAD / (len(pods) - 1))
        self.print_row("a new authority, the naive way", cutter, pods)
        self.assertGreater(sum(len(failed_handshakes(pod)) for pod in pods), 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    pod_test_case.main()
