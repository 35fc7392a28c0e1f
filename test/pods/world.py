"""A world of pods on one machine: bridge, DNS server and pods, and how to get into it.

`enter()` makes the calling program process 1 of a new set of namespaces; a `World` builds the
network in it. Nothing has to be taken down: the kernel does it when the program ends.
"""
import ipaddress
import os
import pathlib
import shutil
import subprocess
import sys

from . import namespaces
from .dns import DnsServer, NAMESPACE, SERVICE
from .pod import Pod

EXIT_SKIPPED = 77  # what ctest takes for "skipped"

# Files of the world live in a memory-backed folder over one that every Debian has; not over the one
# that we are in.
_FOLDER = next(folder for folder in map(pathlib.Path, ("/mnt", "/media"))
               if folder not in pathlib.Path(__file__).resolve().parents)
_PROGRAMS = ("ip", "nft", "nsenter", "dnsmasq", "redis-server", "hostname")
_PREFIXES = [ipaddress.ip_network(f"10.{second}.0.0/24") for second in range(231, 250)]
_PREFIX6 = ipaddress.ip_network("fd31:7265:6469::/64")
_BRIDGE = "02:72:65:64:69:73"
_DNS_HOST, _FIRST_POD_HOST, _MACHINE_HOST = 2, 10, 254

_outside = None  # the machine's own network, once we have left it


def what_is_lacking():
    """One line on why there can be no world here; "" if there can."""
    if os.geteuid() != 0:
        return "pods need root (network and mount namespaces)"
    missing = [program for program in _PROGRAMS if not shutil.which(program)]
    if missing:
        return "pods need " + ", ".join(missing)
    return ""


def enter():
    """Goes on in a new world. Raises OSError with one line where there can be none."""
    global _outside
    lacking = what_is_lacking()
    if lacking:
        raise OSError(lacking)
    _outside = (os.open("/proc/self/ns/net", os.O_RDONLY), _free_prefix())
    namespaces.enter_world()
    namespaces.mount("tmpfs", str(_FOLDER), "tmpfs", "mode=0755")


def _free_prefix():
    """A range of addresses that no route of the machine covers, but for a default route."""
    routes = subprocess.run(["ip", "-4", "-o", "route", "show", "table", "all"],
                            capture_output=True, text=True, check=True).stdout.splitlines()
    taken = []
    for word in (word for line in routes for word in line.split()[:2]):
        try:
            taken.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            continue
    free = [prefix for prefix in _PREFIXES
            if not any(prefix.overlaps(other) for other in taken if other.prefixlen > 0)]
    if not free:
        raise OSError("no free range of addresses among 10.231.0.0/24 to 10.249.0.0/24")
    return free[0]


def _ip(script):
    subprocess.run(["ip", "-batch", "-"], input=script.encode(), check=True, capture_output=True)


class World:
    """Its pods have both families; those that are added while `is_ipv6_only`, one: both attributes
    of such a pod are the same."""

    def __init__(self, ttl=5):
        self.pods = {}
        self.is_ipv6_only = False
        self._prefix = _outside[1]
        self._next_host = _FIRST_POD_HOST
        gateway, gateway6 = self._addresses(1)
        # A bridge without an address of its own takes one of its ports', and another one's when the
        # kernel comes to end that pod: whoever knows the first one talks to nobody for seconds.
        _ip(f"link set lo up\nlink add cluster address {_BRIDGE} type bridge\nlink set cluster up\n"
            f"address add {gateway}/24 dev cluster\naddress add {gateway6}/64 dev cluster nodad\n")
        self.dns = DnsServer(self._connect("dns", _DNS_HOST), ttl)

    def add_pod(self, name, is_listed=True):
        """A new pod, known to DNS by its name, and by the Service's SRV records if `is_listed`."""
        pod = self._connect(name, self._take_host())
        self.pods[name] = pod
        self.dns.set_address(name, *pod.addresses)
        if is_listed:
            self.list_pods(*self.pods)
        return pod

    def list_pods(self, *names):
        self.dns.list_pods(*names)

    def end_pods(self):
        """Ends every pod, and DNS forgets them."""
        for pod in self.pods.values():
            pod.end()
            self.dns.set_address(pod.name)
        self.pods.clear()
        self.list_pods()

    def move_pod(self, pod):
        """Gives the pod other addresses, and tells DNS: what happens when it is made anew."""
        old, old6 = pod.address, pod.address6
        pod.address, pod.address6 = self._addresses(self._take_host())
        gateway, _ = self._addresses(1)
        pod.network(f"address del {old}/24 dev eth0\naddress del {old6}/64 dev eth0\n"
                    f"address add {pod.address}/24 dev eth0\n"
                    f"address add {pod.address6}/64 dev eth0 nodad\n"
                    f"route replace default via {gateway}\n")
        pod.addresses = (pod.address, pod.address6)
        self.dns.set_address(pod.name, *pod.addresses)

    def open_to_machine(self):
        """Lets the machine itself reach the pods' addresses, for a browser. IPv4 only."""
        outside, inside = f"pods-{os.urandom(4).hex()}", "machine"
        into_outside = ["nsenter", f"--net=/proc/self/fd/{_outside[0]}", "ip", "-batch", "-"]
        _ip(f"link add {inside} type veth peer name {outside}\n"
            f"link set {inside} master cluster up\n")
        subprocess.run(["ip", "link", "set", outside, "netns", f"/proc/self/fd/{_outside[0]}"],
                       check=True, pass_fds=[_outside[0]])
        address, _ = self._addresses(_MACHINE_HOST)
        subprocess.run(into_outside, check=True, pass_fds=[_outside[0]],
                       input=f"address add {address}/24 dev {outside}\n"
                             f"link set {outside} up\n".encode())

    def logs(self):
        return "\n".join(pod.logs() for pod in self.pods.values())

    def _take_host(self):
        self._next_host += 1
        return self._next_host - 1

    def _addresses(self, host):
        return str(self._prefix[host]), str(_PREFIX6[host])

    def _connect(self, name, host):
        address, address6 = self._addresses(host)
        dns_address = self._addresses(_DNS_HOST)[self.is_ipv6_only]
        gateway, gateway6 = self._addresses(1)
        network = f"address add {address6}/64 dev eth0 nodad\nroute add default via {gateway6}\n"
        if self.is_ipv6_only:
            address = address6
        else:
            network += f"address add {address}/24 dev eth0\nroute add default via {gateway}\n"
        files = {
            "hostname": f"{name}\n",
            "hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                     f"{address}\t{name}.{SERVICE}\t{name}\n",
            "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
            "resolv.conf": f"search {NAMESPACE}.svc.cluster.local svc.cluster.local cluster.local\n"
                           f"nameserver {dns_address}\noptions ndots:5\n",
        }
        pod = Pod(name, address, address6, files, _FOLDER / f"{host}-{name}")
        _ip(f"link add port{host} type veth peer name eth0 netns {pod.netns_id()}\n"
            f"link set port{host} master cluster up\n")
        pod.network(f"link set lo up\nlink set eth0 up\n{network}")
        return pod


def main(program):
    """Runs `program` in a world; where there can be none, says why in one line and skips."""
    try:
        enter()
    except OSError as error:
        print(f"skipped: {error}", file=sys.stderr)
        sys.exit(EXIT_SKIPPED)
    sys.exit(program())
