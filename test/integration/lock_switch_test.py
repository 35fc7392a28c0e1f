"""The lock is switched on and off under a running cluster, made anew, its route taken away."""
import pod_test_case
from older_agent import older_agent
from pod_test_case import AGENT
from lock_test_case import FAST, LockTestCase
from pods.api_pod import ApiPod

NAMES = ("redis-0", "redis-1", "redis-2")  # topology single
PRIMARY = "redis-0.redis-headless"

LEASE = {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "spec": {},
         "metadata": {"name": "redis", "namespace": "default"}}


class Switch(LockTestCase):
    def start_off(self, agent=AGENT):
        """Three pods whose primary does not move, and the objects of Kubernetes beside them."""
        self.arguments = ("--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes")
        self.api = ApiPod(self.world.add_pod("api", is_listed=False))
        self.pods = []
        for name in NAMES:
            pod = self.redis_pod(name, settings={"REDIS_VERSION": "7.0", "PRIMARY": PRIMARY})
            pod.agent = agent
            self.world.list_pods(*NAMES[:len(self.pods) + 1])
            self.pods.append(pod)
            pod.init()
            self.start_server(pod)
            pod.start_sidecar()
        self.wait_for_all(0)
        return self.pods

    def variables(self, **more):
        settings = {**FAST, "API_SERVER": f"{self.api.pod.address}:{self.api.port}", **more}
        return {f"REDIS_AGENT_{name}": value for name, value in settings.items()}

    def roll(self, mode):
        """As Kubernetes does: the highest ordinal first, and each is ready before the next."""
        for pod in reversed(self.pods):
            self.end(pod)
            pod.agent = AGENT
            pod.variables |= self.variables(FAILOVER=mode)
            self.recreate(pod)
            self.until(lambda pod=pod: pod.get("/readyz").status == 200
                       or self.fail(pod.get("/readyz").text), f"{pod.name} to be ready", 30)

    def test_on_and_off_without_a_wipe(self):
        primary, *_ = self.start_off()
        primary.fill(1000, replicas=2)
        self.watch()
        self.roll("lease")
        self.wait_for_roles(self.wait_for_primary(self.pods))
        self.check_keys(1001)
        self.roll("off")
        self.wait_for_all(1001)
        self.check_watch()

    def test_on_while_older_agents_know_of_no_lock(self):
        primary, *_ = self.start_off(older_agent())
        primary.fill(1000, replicas=2)
        self.watch()
        self.roll("lease")
        self.wait_for_roles(self.wait_for_primary(self.pods))
        self.check_keys(1001)
        self.check_watch()

    def test_off_asks_the_api_server_nothing(self):
        """Also where there is one, and a token: not one request, nor a connection."""
        primary, *replicas = self.start_off()
        for pod in self.pods:
            self.give_identity(pod)
            pod.variables |= self.variables()
            pod.sidecar.kill()
            pod.start_sidecar()
        self.wait_for_all(0)
        primary.fill(100, replicas=2)
        self.end(replicas[0])
        self.recreate(replicas[0])
        primary.get("/switchover", port=9123, within=10)
        self.wait_for_all(100)
        for pod in self.pods:
            self.assertNotEqual(pod.get("/lock/next?term=0").status, 200)
        self.assertEqual(self.api.requests(), [])
        self.assertEqual(self.connections_to_the_api_server(), "")
        self.assertEqual(self.route(), "")

    def connections_to_the_api_server(self):
        """Open ones, and those that have ended a moment ago."""
        wanted = f"sport = :{self.api.port} and not state listening"
        return self.api.pod.run("ss", "-Htan", wanted).stdout.decode()

    def test_a_lock_that_is_made_anew_takes_the_route_over(self):
        """As after off and on: the Lease has gone with the mode, the Service has stayed."""
        master, *replicas = self.start_locked()
        self.kill(master)
        primary = self.wait_for_primary(replicas)
        self.recreate(master)
        self.wait_for_roles(primary)
        self.watch()
        self.api.call("delete_object")
        self.api.call("set_object", LEASE)
        self.until(lambda: self.lock()["holder"] or self.fail(str(
            [self.status_line(pod) for pod in self.pods])), "somebody to take it", 30)
        holder = next(pod for pod in self.pods if pod.name == self.lock()["holder"])
        self.wait_for_roles(holder)
        self.assertGreater(self.lock()["term"], 2)
        self.check_watch()

    def test_a_selector_that_somebody_takes_away_comes_back(self):
        master, *_ = self.start_locked()
        service = self.api.object("Service")
        service["spec"].pop("selector")
        self.api.call("set_object", service)
        self.until(lambda: self.route() == master.name or self.fail(str(self.route())),
                   "the route to come back", 5)

    def test_a_lock_that_somebody_else_writes_too_is_renewed_all_the_same(self):
        """As kubectl apply and helm upgrade do, again and again: labels, annotations."""
        master, *_ = self.start_locked()
        for count in range(40):
            lease = self.api.object("Lease")
            lease["metadata"]["labels"] = {"applied": str(count)}
            version = lease["metadata"].pop("resourceVersion")
            if self.api.object("Lease")["metadata"]["resourceVersion"] == version:
                self.api.call("set_object", lease)
            self.stays(lambda: master.status()["reason"] == "primary_serving", 0.25,
                       "the primary was fenced")
        self.assertEqual(self.lock()["term"], 1)


if __name__ == "__main__":
    pod_test_case.main()
