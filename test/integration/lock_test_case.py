"""What the tests of a primary that moves share: pods whose role a lock gives, its API server."""
import json
import time
import uuid

from safety_test_case import SafetyTestCase
from pods.api_pod import ApiPod, place

PREFIX = "redis-agent.io/"
_SETTINGS = {"FAILOVER": "lease", "REDIS_VERSION": "7.0"}
# So that a test sees in seconds what takes ten: the design's fast profile.
FAST = {"LOCK_RENEWAL": "1s", "LOCK_FENCE": "3s", "LOCK_DURATION": "5s", "CANDIDATE_WAIT": "1s"}
_ARGUMENTS = ("--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes")


class LockTestCase(SafetyTestCase):
    NAMES = ("redis-master-0", "redis-slave-0", "redis-slave-1")

    def start_locked(self, names=NAMES, arguments=(), **settings):
        """Pods with an API server whose Lease nobody has held; the first one serves at the end."""
        self.arguments = (*_ARGUMENTS, *arguments)
        self.api = ApiPod(self.world.add_pod("api", is_listed=False))
        self.pods = []
        for name in names:
            pod = self.redis_pod(name, settings={**_SETTINGS, **FAST, **settings,
                                                 "API_SERVER": place(self.api.pod.address,
                                                                     self.api.port)})
            self.world.list_pods(*names[:len(self.pods) + 1])
            self.pods.append(pod)
        for pod in self.pods:
            self.give_identity(pod)
            pod.init()
            self.start_server(pod)
            pod.start_sidecar()
        self.wait_for_roles(self.pods[0])
        return self.pods

    def give_identity(self, pod):
        """As Kubernetes does for each pod that it makes: another UID, another token."""
        pod.variables["REDIS_AGENT_POD_UID"] = str(uuid.uuid4())
        pod.variables["REDIS_AGENT_API_FOLDER"] = self.api.admit(pod.pod)

    def recreate(self, *pods, arguments=()):
        for pod in pods:
            self.give_identity(pod)
        super().recreate(*pods, arguments=arguments)

    # --- the lock and the route ---

    def lock(self):
        lease = self.api.object("Lease")
        notes = lease["metadata"].get("annotations", {})
        spec = lease["spec"]
        return {"holder": spec.get("holderIdentity", "").partition("/")[0],
                "term": spec.get("leaseTransitions", 0),
                "members": sorted(json.loads(notes.get(PREFIX + "members", "{}"))),
                "successor": notes.get(PREFIX + "successor", ""),
                "offset": int(notes.get(PREFIX + "offset", 0))}

    def route(self):
        """The pod to which the write Service leads, "" if to none."""
        selector = self.api.object("Service")["spec"].get("selector") or {}
        return selector.get("statefulset.kubernetes.io/pod-name", "")

    # --- what is waited for ---

    def wait_for_roles(self, primary, within=20.0, replicas=None):
        """That pod serves, holds the lock, has the route, and the others follow it."""
        replicas = [pod for pod in self.pods if pod is not primary] if replicas is None \
            else replicas
        primary.wait_for_reason("primary_serving", within=within)
        for pod in replicas:
            pod.wait_for_reason("replica_in_sync", within=within)
        self.until(lambda: self.lock()["holder"] == primary.name or self.fail(str(self.lock())),
                   f"{primary.name} to hold the lock", 5)
        self.until(lambda: self.lock()["members"] == sorted(pod.name for pod in replicas)
                   or self.fail(str(self.lock())), "the lock to list all others", 5)
        self.until(lambda: self.route() == primary.name or self.fail(self.route()),
                   f"the route to lead to {primary.name}", 5)
        for pod in replicas:  # each of them reads it once a second
            self.until(lambda p=pod: p.status()["lock"]["holder"] == primary.name,
                       f"{pod.name} to know who holds the lock", 5)

    def wait_for_primary(self, pods, within=20.0):
        """The one of the pods that serves first."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            for pod in pods:
                if self.takes_writes(pod):
                    return pod
            time.sleep(0.02)
        self.fail(f"none of {[pod.name for pod in pods]} serves within {within} s: "
                  f"{[self.status_line(pod) for pod in pods]}; {self.lock()}")
        return None

    @staticmethod
    def status_line(pod):
        try:
            status = pod.status()
            return f"{pod.name}: {status['reason']}: {status.get('lock')}"
        except OSError as error:
            return f"{pod.name}: {error}"
