"""The cluster's DNS: a real dnsmasq in a network of its own, with one headless Service's records.

`<pod>.<service>` has A and AAAA records, the Service has SRV records, all else is NXDOMAIN. Records
of pods change live. It can be made silent, slow or a liar.
"""
import pathlib
import signal
import sys

from .waiting import wait_until

NAMESPACE = "redis"
SERVICE = f"redis-headless.{NAMESPACE}.svc.cluster.local"
PORT, BEHIND_RELAY = 53, 5353


class DnsServer:
    def __init__(self, pod, ttl=5):
        self.pod = pod
        self.ttl = ttl
        self._records = {}
        self._listed = []
        self._service = None
        self._server = None
        self._relay = None
        self._port = PORT
        self._start()

    def set_address(self, name, *addresses):
        """What the name of a pod resolves to; with no address its name exists no more."""
        self._records[name] = addresses
        self._write_hosts()
        self._server.send_signal(signal.SIGHUP)
        self._wait_until_read()

    def list_pods(self, *names):
        """What the SRV records of the headless Service say. Needs a restart, some milliseconds."""
        self._listed = names
        self._start()

    def set_service(self, *addresses):
        """What the Service's own name resolves to. With no address it exists, and has no record."""
        self._service = addresses
        self._start()

    def forget_service(self):
        """Its name exists only where pods are listed."""
        self._service = None
        self._start()

    def pause(self):
        """Silence: queries arrive and nobody answers."""
        for process in filter(None, (self._relay, self._server)):
            process.pause()

    def resume(self):
        for process in filter(None, (self._relay, self._server)):
            process.resume()

    def disturb(self, *how):
        """Puts a relay in front: 'delay 2' answers late, 'garbage' lies in the packet's form."""
        self._port = BEHIND_RELAY
        self._start()
        relay = pathlib.Path(__file__).with_name("dns_relay.py")
        self._relay = self.pod.start(sys.executable, "-B", relay, self.pod.address, *how,
                                     name="dns-relay")
        self._relay.wait_for_log("ready")

    def calm(self):
        """Ends all disturbances."""
        self.resume()
        if self._relay:
            self._relay.kill()
            self._relay = None
            self._port = PORT
            self._start()

    def log(self):
        return self._server.log()

    def _start(self):
        if self._server:
            self._server.kill()
        self._write_hosts()
        lines = [f"srv-host={owner},{name}.{SERVICE},6379"
                 for name in self._listed for owner in (SERVICE, f"_redis._tcp.{SERVICE}")]
        lines += ["no-resolv", "no-hosts", "no-poll", "bind-interfaces", "local=/#/", "log-queries",
                  "addn-hosts=/run/hosts", f"local-ttl={self.ttl}", f"port={self._port}",
                  "user=root",
                  *(f"listen-address={address}" for address in self.pod.addresses),
                  "log-facility=-", "pid-file="]
        lines += [f"txt-record={SERVICE},headless"] if self._service is not None else []
        self.pod.path("/run/dnsmasq.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._server = self.pod.start("dnsmasq", "--keep-in-foreground",
                                      "--conf-file=/run/dnsmasq.conf")
        self._reads = 0
        self._wait_until_read()

    def _write_hosts(self):
        lines = [f"{address} {name}.{SERVICE}\n"
                 for name, addresses in self._records.items() for address in addresses]
        lines += [f"{address} {SERVICE}\n" for address in self._service or ()]
        self.pod.path("/run/hosts").write_text("".join(lines), encoding="utf-8")

    def _wait_until_read(self):
        self._reads += 1
        wait_until(lambda: self._server.log().count("read /run/hosts") >= self._reads,
                   "dnsmasq to read its records", on_failure=self._server.log)
