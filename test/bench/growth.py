"""Growth with the replicas: CPU of the primary's agent, a replica's agent and the primary's Redis.

Replicas are connections that only read and acknowledge. The primary's agent has as many pods to
ask, which all lead to one pod. In the last rows each replica has an agent, which asks too.
"""
import time

from cost import median_of, shares
from peers import PASSWORD
from pods import RedisPod, wait_until
from replicas import FakeReplicas

WHAT = "CPU as the number of replicas grows"
PROGRAMS = ()
_PER_REPLICA, _OF_REDIS = 20, 1
_FLAGS = ("--repl-diskless-sync-delay", "0", "--save", "")


class Topology:
    """A primary, one replica with an agent, and as many more as are wanted."""

    def __init__(self, world, agent, replicas):
        self.primary, self.replica = (RedisPod(world.add_pod(name), agent, PASSWORD)
                                      for name in ("redis-master-0", "redis-slave-0"))
        for pod in (self.primary, self.replica):
            pod.init()
            pod.start_server(*_FLAGS)
            # At no other address, where more agents of this pod's are to listen.
            pod.start_sidecar("--listen", f"{pod.pod.address}:9121")
        for pod in (self.primary, self.replica):
            pod.wait_until_ready()
        self._others = [f"redis-slave-{number}" for number in range(1, replicas)]
        for name in self._others:
            world.dns.set_address(name, self.replica.pod.address)
        world.list_pods("redis-master-0", "redis-slave-0", *self._others)
        self.fakes = FakeReplicas(self.primary.pod.address, PASSWORD, len(self._others))

    def wait(self):
        wanted = len(self._others) + 1
        wait_until(lambda: self.primary.command("INFO", "replication")
                   .count(b"state=online") == wanted, f"{wanted} replicas to be online", 60)
        wait_until(lambda: self.primary.metric("redis_agent_pods") >= wanted,
                   f"{wanted} pods to be listed", 60)


def grow(table, world, agent, effort):
    """Shares of a core of the primary's agent, by the number of replicas."""
    seen = {}
    for count in effort.replicas:
        topology = Topology(world, agent, count)
        with topology.fakes:
            topology.wait()
            time.sleep(effort.seconds / 2)  # connections are made
            processes = (topology.primary.sidecar, topology.replica.sidecar,
                         topology.primary.server)
            used = median_of(effort.rounds,
                             lambda p=processes: shares(effort.seconds / 2, *p))
        seen[count] = used[0]
        for whose, part in zip(("primary's agent", "replica's agent", "primary's Redis"), used):
            table.row(f"{count} replicas: the {whose}", "%", part * 100)
        world.end_pods()
    few, many = min(seen), max(seen)
    table.row("the primary's agent, a replica more and s", "us",
              (seen[many] - seen[few]) / (many - few) * 1e6)


def ask_by_many(table, world, agent, effort):
    """With as many agents as replicas, each at an address of its own, as in pods of their own."""
    count = effort.agents
    topology = Topology(world, agent, count)
    primary, follower = topology.primary, topology.replica
    processes = (primary.sidecar, primary.server)

    def look():
        return median_of(effort.rounds, lambda: shares(effort.seconds / 2, *processes))
    with topology.fakes:
        topology.wait()
        time.sleep(effort.seconds / 2)
        alone = look()
        for number in range(1, count):
            follower.start_sidecar("--listen", f"127.0.{1 + number // 250}.{1 + number % 250}:9121",
                                   "--prestop-port", "0")
        wait_until(lambda: primary.command("CLIENT", "LIST").count(b"name=redis-agent:redis-slave")
                   >= count, f"{count} agents to be connected", 120)
        time.sleep(effort.seconds)
        asked = look()
    table.row(f"{count} replicas' agents: the primary's agent, a replica and s", "us",
              asked[0] / count * 1e6, at_most=_PER_REPLICA)
    table.row("the primary's Redis", "%", asked[1] * 100)
    table.row("of that, what their agents add", "%", (asked[1] - alone[1]) * 100,
              at_most=_OF_REDIS)
    world.end_pods()


def measure(table, world, agent, effort):
    grow(table, world, agent, effort)
    ask_by_many(table, world, agent, effort)
