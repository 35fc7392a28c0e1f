"""What leads a browser to the article's application: a Traefik, where test/cluster/traefik has
built one, or a HAProxy in its place. In the network of the cluster, at its `address` and PORT.
"""

import base64
import os
import pathlib
import signal
import subprocess
import sys

import images
from cluster import run, wait_until
from namespace import Namespace

MANIFEST = pathlib.Path(__file__).with_name("traefik.yaml")
PORT = 8443

# Ends well if whoever is there shows that certificate and has the page.
PROBE = """
import socket, ssl, sys
address, port, host, certificate = sys.argv[1:]
context = ssl.create_default_context(cafile=certificate)
plain = socket.create_connection((address, int(port)), 5)
with context.wrap_socket(plain, server_hostname=host) as link:
    link.sendall(f"GET / HTTP/1.0\\r\\nHost: {host}\\r\\n\\r\\n".encode())
    sys.exit(b" 200 " not in link.recv(64))
"""


def open_edge(cluster, folder):
    """Before the Ingress: the class that is the default one goes into it as it is made."""
    return Traefik(cluster) if images.IMAGES["traefik"][1].exists() else HAProxy(cluster, folder)


def wait_for_page(edge, cluster, host, certificate):
    probe = [*cluster.own, "exec", sys.executable, "-c", PROBE, edge.address, str(PORT), host,
             certificate]
    wait_until(lambda: run(probe, check=False).returncode == 0, f"the page by {edge.name}", 60,
               on_failure=lambda: run(probe, check=False).stderr)


class Traefik:
    """A controller of Ingresses with the class that an Ingress has by default."""

    name = "Traefik, the Ingress controller"

    def __init__(self, cluster):
        self.address = None
        self._cluster = cluster
        cluster.kubectl("apply", "-f", str(MANIFEST))

    def lead(self, _objects):
        """It looks for the Ingress itself."""
        pods = Namespace(self._cluster, "ingress")
        pods.wait_ready("traefik")
        self.address = pods.pod("traefik")["status"]["podIP"]

    def close(self):
        self._cluster.kubectl("delete", "-f", str(MANIFEST), "--ignore-not-found", timeout=120)


class HAProxy:
    """From an Ingress as the API server has it: with its certificate, to where its rules lead."""

    name = "a HAProxy, since test/cluster/traefik has built no Ingress controller"
    address = "127.0.0.1"

    def __init__(self, cluster, folder):
        self._cluster = cluster
        self._folder = folder
        self._process = None

    def lead(self, objects):
        ingress = objects.get("ingress", "github-ingress")["spec"]
        secret = objects.get("secret", ingress["tls"][0]["secretName"])["data"]
        certificate = self._folder / "edge.pem"
        certificate.write_bytes(b"".join(map(base64.b64decode, secret.values())))
        certificate.chmod(0o600)
        config = self._folder / "haproxy.cfg"
        config.write_text(self._config(ingress["rules"][0], objects, certificate))
        self._process = subprocess.Popen(
            [*self._cluster.own, "exec", "haproxy", "-db", "-f", config], start_new_session=True)

    def _config(self, rule, objects, certificate):
        lines = ["defaults", " mode http", " timeout connect 5s", " timeout client 30s",
                 " timeout server 30s", "frontend edge",
                 f" bind {self.address}:{PORT} ssl crt {certificate}",
                 f" http-request deny status 404 unless {{ hdr(host) -i {rule['host']} }}"]
        backends = []
        for path in sorted(rule["http"]["paths"], key=lambda p: len(p["path"]), reverse=True):
            name = path["backend"]["service"]["name"]
            lines.append(f" use_backend {name} if {{ path_beg {path['path']} }}")
            address = objects.get("service", name)["spec"]["clusterIP"]
            backends += [f"backend {name}", f" server {name} {address}:80"]
        return "\n".join(lines + backends) + "\n"

    def close(self):
        if self._process:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()
