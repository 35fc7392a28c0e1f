"""What a rotation has to endure: links that are cut all the time, and clients that connect all the
time with each password that is to be taken. Counts, per server, who was refused."""
import collections
import threading
import time

from pods.resp import RespClient, RespError

CUT_EVERY = 0.25
CONNECT_EVERY = 0.05

_REFUSALS = ("WRONGPASS", "ERR invalid password", "NOAUTH")


class Storm:
    def __init__(self, pods):
        self.pods = pods
        self.refused = collections.Counter()  # by (pod, password)
        self.connected = collections.Counter()
        self.cuts = 0
        self._passwords = set()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._cut, daemon=True)]
        self._threads += [threading.Thread(target=self._connect, args=(pod,), daemon=True)
                          for pod in pods]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def expect(self, *passwords):
        """From now on clients come with these."""
        self._passwords = set(passwords)

    def _connect(self, pod):
        while not self._ends.wait(CONNECT_EVERY):
            for password in tuple(self._passwords):
                try:
                    RespClient(pod.pod.address, password=password, timeout=2).close()
                    self.connected[pod.name, password] += 1
                except RespError as error:
                    # Who was expected until this moment may have been on its way.
                    if str(error).startswith(_REFUSALS) and password in self._passwords:
                        self.refused[pod.name, password] += 1
                except OSError:
                    pass  # it restarts

    def _cut(self):
        known = {}
        while not self._ends.wait(CUT_EVERY):
            for pod in self.pods:
                self._cut_links_of(pod, known)
            self.cuts += 1

    def _cut_links_of(self, pod, known):
        """Whoever is logged in stays so, whatever becomes of the passwords."""
        try:
            if pod.name not in known:
                known[pod.name] = self._log_in(pod)
            known[pod.name]("CLIENT", "KILL", "TYPE", "replica")
        except (RespError, OSError):
            known.pop(pod.name, None)

    def _log_in(self, pod):
        for password in tuple(self._passwords):
            try:
                return RespClient(pod.pod.address, password=password, timeout=2)
            except RespError:
                pass
        raise ConnectionError("no password is taken")

    def run(self, seconds):
        time.sleep(seconds)

    def refused_with(self, password):
        """On all servers, of all logins with it."""
        refused = sum(self.refused[pod.name, password] for pod in self.pods)
        connected = sum(self.connected[pod.name, password] for pod in self.pods)
        return f"{refused} of {refused + connected}"


def link_failures(pod):
    """How often its own link was refused by its primary, in all its runs."""
    return sum(process.log().count("Unable to AUTH to ") for process in pod.pod.processes
               if process.name.startswith("redis-server"))
