"""Growth with the replicas: CPU of the primary's agent, a replica's agent and the primary's Redis.

Replicas are connections that only read and acknowledge. The primary's agent has as many pods to
ask, which all lead to one pod; the agents of the last rows are real.
"""
from cost import median_of, share
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
            pod.start_sidecar()
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
            share(topology.primary.sidecar, effort.seconds / 2)  # connections are made
            processes = (topology.primary.sidecar, topology.replica.sidecar,
                         topology.primary.server)
            used = median_of(effort.rounds, lambda p=processes: [
                share(process, effort.seconds / 4) for process in p])
        seen[count] = used[0]
        for whose, part in zip(("primary's agent", "replica's agent", "primary's Redis"), used):
            table.row(f"{count} replicas: the {whose}", "%", part * 100)
        world.end_pods()
    few, many = min(seen), max(seen)
    table.row("the primary's agent, a replica and second", "us",
              (seen[many] - seen[few]) / (many - few) * 1e6, at_most=_PER_REPLICA)


def ask_by_many(table, world, agent, effort):
    count = effort.agents
    primary, follower = (RedisPod(world.add_pod(name), agent, PASSWORD)
                         for name in ("redis-master-0", "redis-slave-0"))
    primary.init("--gate=direct")  # no agent opens it
    primary.start_server(*_FLAGS)
    primary.wait_for_server()
    with FakeReplicas(primary.pod.address, PASSWORD, count):
        wait_until(lambda: primary.command("INFO", "replication").count(b"state=online") == count,
                   f"{count} replicas to be online", 60)
        alone = median_of(effort.rounds, lambda: [share(primary.server, effort.seconds / 2)])[0]
        follower.init()
        follower.start_server()
        for number in range(count):
            follower.start_sidecar("--listen", f":{10000 + number}", "--prestop-port", "0")
        wait_until(lambda: primary.command("CLIENT", "LIST").count(b"name=redis-agent") >= count,
                   f"{count} agents to be connected", 120)
        share(primary.server, effort.seconds)
        asked = median_of(effort.rounds, lambda: [share(primary.server, effort.seconds / 2)])[0]
    table.row(f"the primary's Redis, {count} replicas, without their agents", "%", alone * 100)
    table.row("the same, what their agents add", "%", (asked - alone) * 100, at_most=_OF_REDIS)
    world.end_pods()


def measure(table, world, agent, effort):
    grow(table, world, agent, effort)
    ask_by_many(table, world, agent, effort)
