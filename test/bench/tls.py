"""What TLS costs a Redis that speaks both: its CPU for a connection and a command, and memory."""
import contextlib
import os
import ssl
import tempfile

from cost import cost_of, median_of
from peers import PASSWORD
from pods import Authority, MountedSecret, RedisPod

WHAT = "TLS 1.3 with both certificates (P-256) in Redis; its peer here is plain TCP to the same one"
PROGRAMS = ("openssl",)
_FOLDER = "/run/secrets/redis-tls"
_POD = "redis-master-0"
_PORTS = 6380, 6379
_COMMANDS = 50  # for each connection of a round
_TLS = {"TLS": "both", "TLS_FOLDER": _FOLDER, "REDIS_VERSION": "7.0", "GATE": "direct"}


def start(world, agent):
    """Redis with the redis.conf that init writes and nobody who polls it; what clients show."""
    pod = RedisPod(world.add_pod(_POD), agent, PASSWORD, _TLS)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with tempfile.TemporaryDirectory(dir="/mnt") as folder:
        authority = Authority(folder)
        MountedSecret(pod.pod.path(_FOLDER)).put(authority.issue(f"{_POD}.redis-headless"))
        for name, content in authority.issue("client").items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        context.load_cert_chain(f"{folder}/tls.crt", f"{folder}/tls.key")
    pod.init()
    pod.start_server("--maxclients", "20000")
    pod.wait_for_server()
    return pod, context


def measure(table, world, agent, effort):
    pod, context = start(world, agent)
    ways = [{"port": _PORTS[0], "tls": context}, {"port": _PORTS[1]}]

    def connect(way):
        with pod.redis(**way) as redis:
            redis("PING")

    def connections():
        return [cost_of(effort.requests, lambda way=way: connect(way), pod.server)[0]
                for way in ways]

    def commands(*command):
        used = []
        for way in ways:
            with pod.redis(**way) as redis:
                # pylint: disable-next=cell-var-from-loop
                used += cost_of(effort.requests * _COMMANDS, lambda: redis(*command), pod.server)
        return used

    def kept(way):
        before = pod.server.resident_bytes()
        with contextlib.ExitStack() as stack:
            for _ in range(effort.requests):
                stack.enter_context(pod.redis(**way))
            return (pod.server.resident_bytes() - before) / effort.requests / 1024

    table.row("a connection, with AUTH and PING", "us", *median_of(effort.rounds, connections))
    for command in (("PING",), ("INFO", "replication")):
        table.row(f"{' '.join(command)} by a kept connection", "us",
                  *median_of(effort.rounds, lambda c=command: commands(*c)))
    table.row("memory of an idle connection", "kiB", *(kept(way) for way in ways))
