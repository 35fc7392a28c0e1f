"""The primary's gate: what it opens for, what it waits for, and from whom it catches up."""
import shutil

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually
from pods import RespError

GATES = {"bind": {"REDIS_VERSION": "7.0"}, "nowhere": {"GATE": "nowhere"}}


class GateTestCase(PodTestCase):
    def start(self, gate="bind", replicas=2, aof=False, **settings):
        self.arguments = ("--appendonly", "yes") if aof else ()
        pods = self.topology(replicas, settings={**GATES[gate], **settings},
                             arguments=self.arguments)
        self.pods = pods
        return pods

    def restart(self, pod):
        """Until the agent has seen it: what it said of the run before is no news of this one."""
        before = pod.metric("redis_agent_redis_restarts_total")
        pod.start_server("--repl-diskless-sync-delay", "0", *self.arguments)
        eventually(lambda: pod.metric("redis_agent_redis_restarts_total") > before,
                   f"the agent of {pod.name} to see the restart", 10, self.pods)

    def empty(self, pod):
        for path in pod.pod.path("/data").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def wait_for_all(self, keys, within=20):
        primary, *replicas = self.pods
        primary.wait_for_reason("primary_serving", within=within)
        for replica in replicas:
            replica.wait_for_reason("replica_in_sync", within=within)
        for pod in self.pods:
            eventually(lambda pod=pod: pod.command("DBSIZE") == keys or
                       self.fail(f"{pod.name} has {pod.command('DBSIZE')} keys"),
                       f"{pod.name} to have {keys} keys", 10, self.pods)


class CatchingUp(GateTestCase):
    def check_emptied(self, gate, aof):
        primary, *replicas = self.start(gate, aof=aof)
        primary.fill(1000, replicas=2)
        primary.server.kill()
        self.empty(primary)
        self.restart(primary)
        self.wait_for_all(1000)
        primary.fill(2000, replicas=2)

    def test_an_emptied_primary_gets_its_data_back(self):
        for gate in GATES:
            for aof in (False, True):
                with self.subTest(gate=gate, aof=aof):
                    self.check_emptied(gate, aof)
                    self.world.end_pods()


if __name__ == "__main__":
    pod_test_case.main()
