"""What the tests of the way to TLS on running pods share: a file that says another way, somebody
who writes by plain TCP all the time, and how long pods are not ready."""
import threading
import time

from pod_test_case import eventually
from pods import RespError
from rotation_table import full_syncs
from tls_test_case import TlsTestCase

FILE = "/run/tls-file/mode"
PORT_OF = {"allow": "6379", "both": "6380", "only": "6380"}
# Where nothing else runs it is half a second; the kubelet takes two probes a second apart.
UNREADY_MAX = 5.0


class Writer(threading.Thread):
    """Writes by plain TCP, on one connection: nothing may cut it."""

    def __init__(self, primary):
        super().__init__(daemon=True)
        self._redis = primary.redis(port=6379, tls=None)
        self._ends = threading.Event()
        self.taken = 0
        self.trouble = None

    def run(self):
        try:
            while not self._ends.wait(0.002):
                self._redis("SET", f"w:{self.taken}", self.taken)
                self.taken += 1
        except (OSError, RespError, ValueError) as error:
            self.trouble = error

    def stop(self):
        self._ends.set()
        self.join()
        self._redis.close()


class Prober(threading.Thread):
    """For how long at most each pod was not ready in one piece."""

    def __init__(self, pods):
        super().__init__(daemon=True)
        self._pods = pods
        self._ends = threading.Event()
        self._ready_at = {pod.name: time.monotonic() for pod in pods}
        self.longest = dict.fromkeys(self._ready_at, 0.0)

    def run(self):
        while not self._ends.wait(0.05):
            for pod in self._pods:
                try:
                    is_ready = pod.is_ready()
                except OSError:
                    is_ready = False
                now = time.monotonic()
                gap = now - self._ready_at[pod.name]
                if not is_ready:
                    self.longest[pod.name] = max(self.longest[pod.name], gap)
                else:
                    self._ready_at[pod.name] = now

    def stop(self):
        self._ends.set()
        self.join()


class WayTestCase(TlsTestCase):
    def pod_with_file(self, name, word, settings=None):
        pod = self.tls_pod(name, "both",
                           settings={"TLS": "off", "TLS_FILE": FILE, **(settings or {})})
        self.say(pod, word)
        return pod

    @staticmethod
    def say(pod, word):
        """As the kubelet: the new file is there at once."""
        path = pod.pod.path(FILE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name("next").write_text(word + "\n", encoding="utf-8")
        path.with_name("next").rename(path)

    def begin(self, pod, program="redis-server"):
        pod.init()
        pod.start_server(*(self.FLAGS if program == "redis-server" else self.FLAGS[:2]),
                         program=program)
        pod.start_sidecar()

    def bring_up(self, pods, program="redis-server"):
        for pod in pods:
            self.begin(pod, program)
        pods[0].wait_for_reason("primary_serving")
        for pod in pods[1:]:
            pod.wait_for_reason("replica_in_sync")

    def wait_for_way(self, pod, word):
        """Its agent, and its server's link if it is a replica."""
        def look():
            with pod.redis() as redis:
                info = redis.info("replication")
                switch = redis("CONFIG", "GET", "tls-replication")[1].decode()
                port = redis("CONFIG", "GET", "port")[1].decode()
            there = (pod.status()["tls"], port)
            wanted = (word, "0" if word == "only" else "6379")
            if info["role"] == "slave":
                there += (info["master_port"], info["master_link_status"], switch)
                wanted += (PORT_OF[word], "up", "no" if word == "allow" else "yes")
            if there != wanted:
                raise LookupError(f"{there}, not {wanted}")
            return True
        eventually(look, f"{pod.name} to go by {word}", 40, [pod])

    def wait_for_warning(self, pod, text):
        def look():
            warnings = pod.status()["warnings"]
            if not any(text in warning for warning in warnings):
                raise LookupError(str(warnings))
            return True
        eventually(look, f"{pod.name} to warn that {text}", 20, [pod])

    def speaks_plain_tcp(self, pod):
        try:
            pod.redis(port=6379, tls=None).close()
        except ConnectionRefusedError:
            return False
        return True

    def go(self, pods, words):
        """By each of the words, which one replica hears before all others do."""
        primary, *replicas = pods
        copied = [full_syncs(pod) for pod in replicas]
        writer, prober = Writer(primary), Prober(pods)
        writer.start()
        prober.start()
        try:
            for word in words:
                self.say(replicas[0], word)
                if word != "allow":  # by plain TCP nobody comes before the primary has opened it
                    self.wait_for_way(replicas[0], word)
                for pod in pods:
                    self.say(pod, word)
                for pod in pods:
                    self.wait_for_way(pod, word)
                    pod.wait_until_ready()
                    self.assertEqual(self.speaks_plain_tcp(pod), word != "only")
        finally:
            writer.stop()
            prober.stop()
        print(f"not ready for at most {prober.longest}, {writer.taken} writes taken")
        self.assertIsNone(writer.trouble)
        self.assertGreater(writer.taken, 500)
        self.assertEqual([full_syncs(pod) for pod in replicas], copied)
        self.assertLess(max(prober.longest.values()), UNREADY_MAX)
        with primary.redis() as redis:
            self.assertEqual(sum(redis("EXISTS", f"w:{i}") for i in range(writer.taken)),
                             writer.taken)
            redis("SET", "last", 1)
            self.assertEqual(redis("WAIT", len(replicas), 5000), len(replicas))
        for replica in replicas:
            self.assertEqual(replica.command("DBSIZE"), primary.command("DBSIZE"))
