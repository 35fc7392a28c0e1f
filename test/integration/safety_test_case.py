"""What the tests of the three promises share: a cluster whose pods die, come back, are watched."""
import json
import shutil
import time

from pod_test_case import PodTestCase, eventually
from faulting.watch import Watch
from pods import RespError

AOF = ("--appendonly", "yes")
MEMORY = "/data/redis-agent.json"
_ARGUMENTS = ("--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes")
_SETTINGS = {"REDIS_VERSION": "7.0", "FIRST_START_WAIT": "0s"}


class SafetyTestCase(PodTestCase):
    def start(self, replicas=2, arguments=(), **settings):
        """A cluster in sync; `arguments` are those of each of its servers, at each start."""
        self.arguments = (*_ARGUMENTS, *arguments)
        self.pods = self.topology(replicas, settings={**_SETTINGS, **settings},
                                  arguments=arguments)
        return self.pods

    def one_pod(self, name, **settings):
        """A pod of such a cluster, without anything in it."""
        self.arguments = _ARGUMENTS
        pod = self.redis_pod(name, settings={**_SETTINGS, **settings})
        self.pods = [*getattr(self, "pods", ()), pod]
        return pod

    # --- one pod ---

    def start_server(self, pod, *more):
        pod.start_server(*self.arguments, *more)

    def kill(self, *pods):
        for pod in pods:
            pod.sidecar.kill()
            pod.server.kill()

    def end(self, pod):
        pod.sidecar.send_signal(15)
        pod.server.stop()
        pod.sidecar.stop()

    def recreate(self, *pods, arguments=()):
        for pod in pods:
            pod.init()
            self.start_server(pod, *arguments)
            pod.start_sidecar()

    def empty(self, pod, but=()):
        for path in pod.pod.path("/data").iterdir():
            if path.name not in but:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def copy_volume(self, source, target):
        """The folder of one pod's volume, or of another place, becomes the pod's volume."""
        self.empty(target)
        folder = source.pod.path("/data") if hasattr(source, "pod") else source
        shutil.copytree(folder, target.pod.path("/data"), dirs_exist_ok=True)

    def memory(self, pod):
        return json.loads(pod.pod.path(MEMORY).read_text(encoding="utf-8"))

    # --- what is waited for ---

    def until(self, look, what, within=10.0):
        return eventually(look, what, within, self.pods)

    def wait_for_memory(self, pod, has_keys):
        self.until(lambda: (self.memory(pod)["keys"] > 0) == has_keys,
                   f"the volume of {pod.name} to remember {'' if has_keys else 'no '}keys")

    def wait_for_gate(self, pod, *texts, within=10.0):
        """Until the gate is closed and says all these; returns the explanation."""
        def look():
            status = pod.status()
            if status["reason"] != "gate_closed" or \
                    not all(text in status["explanation"] for text in texts):
                raise LookupError(f"{status['reason']}: {status['explanation']}")
            return status["explanation"]
        return self.until(look, f"the gate of {pod.name} to say {' and '.join(texts)}", within)

    def wait_for_all(self, keys, within=20.0):
        primary, *replicas = self.pods
        primary.wait_for_reason("primary_serving", within=within)
        for replica in replicas:
            replica.wait_for_reason("replica_in_sync", within=within)
        self.check_keys(keys)

    def check_keys(self, keys):
        self.until(lambda: [pod.command("DBSIZE") for pod in self.pods] == [keys] * len(self.pods)
                   or self.fail(f"keys: {[pod.command('DBSIZE') for pod in self.pods]}"),
                   f"each pod to have {keys} keys", 5)

    def stays(self, look, seconds, what):
        """`look` holds all the time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertTrue(look(), what)
            time.sleep(0.05)

    # --- what must never be ---

    def watch(self, pods=None, tolerated=()):
        """Looks at the servers from now on; check_watch() tells what it saw."""
        self.watching = Watch(pods or self.pods, has_agents=True)
        self.watching.tolerated.update(tolerated)
        self.watching.start()
        self.addCleanup(self.watching.stop)

    def check_watch(self):
        self.watching.stop()
        self.assertGreater(self.watching.samples, 0)
        self.assertEqual(self.watching.violations, [])

    @staticmethod
    def takes_writes(pod):
        try:
            return pod.command("SET", "may-i", "write") == "OK"
        except (OSError, RespError):
            return False
