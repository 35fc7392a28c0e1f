"""The port at which the primary's agent holds its donor is blocked, or a stranger takes it all."""
import socket
import threading
import time

from pods import wait_until

from .fault import fault

_PORT = 9122
_PATIENCE = 10.0  # in which a reason has to be given
_ORDERS_MAX = 12  # of all agents in that time
_CONNECTIONS = 256  # more than an anchor may have


def count_orders(run):
    return sum(pod.sidecar.log().count("gives an order") for pod in run.pods)


def lose_data(run):
    run.load()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.empty(run.primary)
    run.cluster.world.move_pod(run.primary.pod)


@fault("anchor-port-blocked", replicas=1, has_plain=False, settings={"FIRST_START_WAIT": "0s"},
       writable_within=30, healed_within=30)
def blocked(run):
    """From the donor to the primary, as a NetworkPolicy that has forgotten it does."""
    lose_data(run)
    run.primary.pod.drop(f"tcp dport {_PORT}")
    before = run.replicas[0].sidecar.log().count("gives an order")
    run.cluster.recreate(run.primary, is_moved=False)
    begin = time.monotonic()
    wait_until(lambda: "rule 5" in run.primary.status()["explanation"] or
               f"anchor port {_PORT}" in run.primary.status()["explanation"], "the catching up", 10)
    try:
        explanation = wait_for_reason(run, begin + _PATIENCE)
        run.note(f"after {time.monotonic() - begin:.1f} s: {explanation}")
    except AssertionError:
        run.check(False, f"says after {_PATIENCE:g} s: {run.primary.status()['explanation']}")
    time.sleep(max(0.0, begin + _PATIENCE - time.monotonic()))
    orders = count_orders(run) - before
    run.check(orders <= _ORDERS_MAX, f"{orders} orders were given in {_PATIENCE:g} s")
    run.note(f"{orders} orders in {_PATIENCE:g} s")
    run.primary.pod.heal()
    run.strike()


def wait_for_reason(run, until):
    def look():
        explanation = run.primary.status()["explanation"]
        return explanation if f"anchor port {_PORT}" in explanation else None
    return wait_until(look, "a reason", max(0.1, until - time.monotonic()))


class Stranger(threading.Thread):
    """Says PSYNC on more connections than the anchor may have, and makes new ones for those that
    end. It connects from the bridge, which is no pod's address."""

    _PSYNC = f"PSYNC {'0' * 40} 1\r\n".encode()
    _ACK = b"REPLCONF ACK 1\r\n"  # without it a held connection is closed as silent

    def __init__(self, address):
        super().__init__(daemon=True)
        self._address = address
        self._has_ended = threading.Event()
        self.said = 0

    def run(self):
        connections = []
        while not self._has_ended.is_set():
            connections = [one for one in connections if is_open(one) and say(one, self._ACK)]
            while len(connections) < _CONNECTIONS and (one := self._connect()):
                connections.append(one)
            time.sleep(0.2 if self.said else 0.005)
        for connection in connections:
            connection.close()

    def _connect(self):
        try:
            connection = socket.create_connection((self._address, _PORT), timeout=0.2)
        except OSError:
            return None
        self.said += 1
        return connection if say(connection, self._PSYNC) else None

    def stop(self):
        self._has_ended.set()
        self.join(5)


def say(connection, text):
    try:
        connection.sendall(text)
        return True
    except OSError:
        return False


def is_open(connection):
    try:
        return connection.recv(4096, socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@fault("anchor-port-crowded", replicas=1, has_plain=False, settings={"FIRST_START_WAIT": "0s"})
def crowded(run):
    """It is the donor alone that is let in."""
    lose_data(run)
    stranger = Stranger(run.primary.pod.address)
    stranger.start()
    run.cluster.recreate(run.primary, is_moved=False)
    try:
        run.wait_for_writes()
    finally:
        stranger.stop()
        run.note(f"a stranger said PSYNC {stranger.said} times")
        run.check(stranger.said >= _CONNECTIONS, "the stranger never got through")
