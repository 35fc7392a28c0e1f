"""Clients connect all the time while an authority gives way to the next one. Who trusts both is
never refused: with the old certificate until it is dropped, with a new one once all servers trust
it. The naive way beside it refuses both of them in the same test."""
import collections
import contextlib
import os
import pathlib
import ssl
import tempfile
import threading
import time

import pod_test_case
from later_clock import let_pass
from pod_test_case import eventually
from pods import RespClient
from rotation_table import print_row
from tls_authority_test import OVERLAP, SPREAD, AuthorityTestCase, Cutter, failed_handshakes
from tls_test_case import OWN_FOLDER, PASSWORD, own_names

CONNECT_EVERY = 0.05
ROUNDS = 5
PHASES = ("nobody trusts it", "some trust it", "all trust both", "some show it", "all show it",
          "some trust it alone", "all trust it alone")
# Whom they trust, and what they show.
KINDS = (("old", "old"), ("both", "old"), ("both", "new"), ("new", "new"))
# From the first to the last of the phases in which such a client gets in everywhere.
SERVED = {("old", "old"): (0, 2), ("both", "old"): (0, 4), ("both", "new"): (2, 6),
          ("new", "new"): (4, 6)}


class Clients:
    """One of each kind comes to each server, again and again. Counts by phase, server and kind."""

    def __init__(self, pods, old, new, folder):
        self._pods = pods
        self._contexts = {kind: self._context(kind, old, new, folder) for kind in KINDS}
        self.phase = PHASES[0]
        self.refused, self.taken = collections.Counter(), collections.Counter()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._come, args=(pod,), daemon=True)
                         for pod in pods]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        for thread in self._threads:
            thread.join()

    @staticmethod
    def _context(kind, old, new, folder):
        trusts, shows = kind
        authorities = {"old": [old], "both": [old, new], "new": [new]}[trusts]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # the pods have addresses here
        context.load_verify_locations(cadata="".join(one.text.decode() for one in authorities))
        files = (old if shows == "old" else new).issue("client")
        with tempfile.TemporaryDirectory(dir=folder) as there:
            for name, content in files.items():
                (pathlib.Path(there) / name).write_bytes(content)
            context.load_cert_chain(f"{there}/tls.crt", f"{there}/tls.key")
        return context

    def is_let_in(self, pod, kind):
        try:
            RespClient(pod.pod.address, password=PASSWORD, tls=self._contexts[kind],
                       timeout=20).close()
            return True
        except OSError:
            return False

    def _come(self, pod):
        while not self._ends.wait(CONNECT_EVERY):
            for kind in KINDS:
                phase = self.phase
                is_let_in = self.is_let_in(pod, kind)
                if self.phase == phase:  # else it met the one before, or the one after
                    (self.taken if is_let_in else self.refused)[phase, pod.name, kind] += 1

    def pass_through(self, phase):
        """Until each kind has come to each server in that phase, a few times more."""
        self.phase = phase
        each = [(pod, kind) for pod in self._pods for kind in KINDS]
        before = {one: sum(self.numbers(phase, *one)) for one in each}

        def all_have_come():
            return all(sum(self.numbers(phase, *one)) >= before[one] + ROUNDS for one in each)
        eventually(all_have_come, f"all clients, while {phase}", 20, self._pods)

    def numbers(self, phase, pod, kind):
        """How many were refused, and how many were not."""
        return self.refused[phase, pod.name, kind], self.taken[phase, pod.name, kind]

    def total(self, kind, phases):
        """Of all servers, as text."""
        each = [self.numbers(phase, pod, kind) for phase in phases for pod in self._pods]
        refused = sum(number for number, _ in each)
        return f"{refused} of {refused + sum(number for _, number in each)}"

    def print_all(self):
        names = ", ".join(f"trusts {trusts} and shows {shows}" for trusts, shows in KINDS)
        print(f"\nrefused, of clients of which one {names}:")
        seen = {phase for phase, _, _ in self.refused + self.taken}
        for phase in filter(seen.__contains__, PHASES):
            for pod in self._pods:
                cells = (self.numbers(phase, pod, kind) for kind in KINDS)
                print(f"  {phase}, {pod.name}: " + ", ".join(
                    f"{refused} of {refused + taken}" for refused, taken in cells))


def phases_of(kind):
    first, last = SERVED[kind]
    return PHASES[first:last + 1]


class AuthorityClients(AuthorityTestCase):
    @contextlib.contextmanager
    def clients(self):
        pods = self.start()
        fresh = self.another_authority()
        with Cutter(pods[0]) as cutter, Clients(pods, self.authority, fresh, self.folder) as come:
            come.pass_through(PHASES[0])
            yield pods, fresh, come, cutter
        come.print_all()

    def wait_until_all(self, pods, what, is_so):
        for pod in pods:
            eventually(lambda pod=pod: is_so(pod), f"{pod.name} to {what}", 20, pods)

    def print_clients_row(self, way, seen, old_in, new_in):
        pods, _, come, cutter = seen
        refused = come.total(("both", "old"), old_in), come.total(("both", "new"), new_in)
        print_row(f"{way}, {cutter.cuts} links cut", refused,
                  sum(len(failed_handshakes(pod)) for pod in pods), pods)

    def test_who_trusts_both_is_never_refused(self):
        with self.clients() as seen:
            pods, fresh, come, _ = seen
            come.phase = PHASES[1]
            files = {pod.name: fresh.issue(*own_names(pod.name)) for pod in pods}
            for pod in reversed(pods):
                pod.secret.put(files[pod.name])
                time.sleep(SPREAD / len(pods))
            self.wait_until_all(pods, "trust it", lambda pod: come.is_let_in(pod, ("both", "new")))
            for pod in pods:
                self.wait_for_words(pod, "of a new authority, and not shown yet")
            come.pass_through(PHASES[2])
            come.phase = PHASES[3]
            let_pass(OVERLAP, *pods)
            self.wait_until_all_show(pods, files, 20)
            for pod in pods:
                self.wait_for_words(pod, "has no more is trusted on")
            come.pass_through(PHASES[4])
            come.phase = PHASES[5]
            let_pass(OVERLAP, *pods)
            self.wait_until_all(pods, "drop the old one",
                                lambda pod: not come.is_let_in(pod, ("both", "old")))
            come.pass_through(PHASES[6])
        self.print_clients_row("a new authority, trusted first", seen, phases_of(("both", "old")),
                               phases_of(("both", "new")))
        for pod in pods:
            self.assertEqual(failed_handshakes(pod), [], pod.name)
            for kind in KINDS:
                for phase in phases_of(kind):
                    with self.subTest(server=pod.name, client=kind, phase=phase):
                        self.assertEqual(come.numbers(phase, pod, kind)[0], 0)
            # Who trusts one alone is let in by those that show a certificate of it.
            for kind, phases in ((("old", "old"), PHASES[4::2]), (("new", "new"), PHASES[:3:2])):
                for phase in phases:
                    self.assertEqual(come.numbers(phase, pod, kind)[1], 0, (pod.name, kind, phase))

    def test_the_naive_way_refuses_both(self):
        with self.clients() as seen:
            pods, fresh, come, _ = seen
            for pod in pods:
                pod.sidecar.stop()
            for count, pod in enumerate(pods, 1):
                come.phase = PHASES[3]
                for name, content in fresh.issue(*own_names(pod.name)).items():
                    (pod.pod.path(OWN_FOLDER) / name).write_bytes(content)
                pod.local("CONFIG", "SET", "tls-cert-file", f"{OWN_FOLDER}/tls.crt")
                come.pass_through(PHASES[3] if count < len(pods) else PHASES[6])
        self.print_clients_row("a new authority, the naive way", seen, PHASES[3:4], PHASES[3:4])
        done, _, last = pods
        self.assertGreater(come.numbers(PHASES[3], done, ("both", "old"))[0], 0)
        self.assertGreater(come.numbers(PHASES[3], last, ("both", "new"))[0], 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    pod_test_case.main()
