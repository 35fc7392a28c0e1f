"""A real HAProxy before the pods, with the checks that people have: its default and Patroni's."""
import pathlib
import re
import shutil

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually
from pods import RespClient

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
CONFIGURATION = """
global
    stats socket /run/haproxy.sock mode 600
defaults
    mode tcp
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    default-server inter 100ms fall 2 rise 1 on-marked-down shutdown-sessions check port 9121
listen any
    bind :7000
    option httpchk
{servers}
{readme}
{servers}
listen replicas
    bind :7002
    option httpchk OPTIONS /replica
    http-check expect status 200
{servers}
listen near_replicas
    bind :7003
    option httpchk
    http-check send meth GET uri /replica?lag=16MiB ver HTTP/1.1 hdr Host redis
    http-check expect status 200
{servers}
"""
ANY, PRIMARY, REPLICAS, NEAR_REPLICAS = 7000, 6380, 7002, 7003


def readme_section():
    """What README.md shows, without the servers' lines."""
    text = README.read_text(encoding="utf-8").split("<!-- haproxy -->")[1]
    shown = re.sub(r"(?m)^    ", "", text.split("<!-- end of haproxy -->")[0])
    return "\n".join(line for line in shown.splitlines() if not line.strip().startswith("server "))


class HaProxy(PodTestCase):
    def setUp(self):
        super().setUp()
        if not shutil.which("haproxy", path="/usr/sbin:/usr/bin"):
            self.skipTest("there is no haproxy (a Debian package of that name)")
        self.pods = self.topology(replicas=2)
        self.balancer = self.world.add_pod("haproxy-0", is_listed=False)
        servers = "\n".join(f"    server {pod.name} {pod.pod.address}:6379" for pod in self.pods)
        path = self.balancer.path("/run/haproxy.cfg")
        text = CONFIGURATION.format(readme=readme_section(), servers=servers)
        path.write_text(text, encoding="ascii")
        self.process = self.balancer.start("haproxy", "-db", "-f", "/run/haproxy.cfg")

    def states(self, proxy):
        """What its checks say: the pod -> UP or DOWN, by `show stat`."""
        asked = self.balancer.run("python3", "-c", (
            "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/haproxy.sock'); "
            "s.sendall(b'show stat\\n'); print(s.makefile().read())"))
        rows = [line.split(",") for line in asked.stdout.decode().splitlines() if line]
        at = {name: number for number, name in enumerate(rows[0])}
        return {row[at["svname"]]: row[at["status"]] for row in rows[1:]
                if row[0] == proxy and row[at["svname"]] not in ("FRONTEND", "BACKEND")}

    def wait_for(self, proxy, *up):
        wanted = {pod.name: "UP" if pod.name in up else "DOWN" for pod in self.pods}

        def look():
            seen = self.states(proxy)
            if seen != wanted:
                raise LookupError(seen)
            return True
        eventually(look, f"{proxy} to have {up}", 15, self.pods)

    def role_behind(self, port):
        with RespClient(self.balancer.address, port=port) as redis:
            return redis("ROLE")[0]

    def test_each_check_finds_the_pods_that_it_asks_for(self):
        names = [pod.name for pod in self.pods]
        self.wait_for("any", *names)
        self.wait_for("redis-primary", PRIMARY_NAME)
        self.wait_for("replicas", *names[1:])
        self.wait_for("near_replicas", *names[1:])
        for _ in range(4):
            self.assertEqual(self.role_behind(PRIMARY), b"master")
            self.assertEqual(self.role_behind(REPLICAS), b"slave")
            self.assertEqual(self.role_behind(NEAR_REPLICAS), b"slave")
        self.assertIn(self.role_behind(ANY), (b"master", b"slave"))

    def test_a_pod_that_is_not_ready_is_left_out(self):
        names = [pod.name for pod in self.pods]
        self.wait_for("any", *names)
        self.pods[2].server.pause()
        self.wait_for("any", *names[:2])
        self.wait_for("replicas", names[1])
        self.wait_for("redis-primary", PRIMARY_NAME)
        self.pods[2].server.resume()
        self.wait_for("any", *names)
        self.wait_for("replicas", *names[1:])


if __name__ == "__main__":
    pod_test_case.main()
