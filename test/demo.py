"""What test/demo shows once redis-agent is built. Exits non-zero if anything it shows is not so."""
import pathlib
import sys
import time

from pods import NotInTime, RedisPod, RespError, World, enter, wait_until

# Spaces, quotes, a backslash, a dollar, a hash and a byte that is no UTF-8.
PASSWORD = b'a "hostile" pass\\word: $HOME \'#\' \xff'
NAMES = ("redis-master-0", "redis-slave-0", "redis-slave-1")
# So that the table's column of keys keeps up with what is shown.
SETTINGS = {"DETAIL_INTERVAL": "250ms"}
IS_TERMINAL = sys.stdout.isatty()


def styled(text, code):
    return f"\x1b[{code}m{text}\x1b[0m" if IS_TERMINAL else text


def say(text=""):
    print(text, flush=True)


def headline(text):
    say("\n" + styled(text, "1") + "\n")


class LiveTable:
    """The table of `redis-agent status`: renewed in place on a terminal, else once at its end."""

    def __init__(self, pod):
        self._pod = pod
        self._lines = 0

    def read(self):
        done = self._pod.run_status(f"--color={'always' if IS_TERMINAL else 'never'}")
        return (done.stdout + done.stderr).decode().strip("\n")

    def show(self):
        text = "\n".join("  " + line for line in self.read().splitlines())
        if IS_TERMINAL:
            # Long lines are cut, not wrapped: a wrapped one would count for two on the way back up.
            text = f"\x1b[?7l{text}\x1b[?7h"
        if self._lines:
            sys.stdout.write(f"\x1b[{self._lines}A\x1b[J")
        say(text)
        self._lines = text.count("\n") + 1

    def show_until(self, is_so, what, within=30):
        """Shows it until it is so, and then once more; returns the seconds that took."""
        begin = time.monotonic()
        wait_until(lambda: self._look(is_so), what, within, every=0.1, on_failure=self.read)
        seconds = time.monotonic() - begin
        self.show()
        return seconds

    def _look(self, is_so):
        if is_so():
            return True
        if IS_TERMINAL:
            self.show()
        return False


def start_pods(world, agent):
    headline("Three pods, each with a hostname, an address and a resolv.conf of its own")
    pods = [RedisPod(world.add_pod(name), agent, PASSWORD, SETTINGS) for name in NAMES]
    say(f"  {'DNS server':<16} {world.dns.pod.address}\n")
    for pod in pods:
        say(f"  {pod.name:<16} {pod.pod.address}")
        say(styled(f"    {pod.init()}", "2"))
        pod.start_server()
        pod.start_sidecar()
    say("\n  In each: redis-agent init (it says the above), redis-server, redis-agent sidecar.")
    return pods


def show_getting_ready(pods):
    headline("redis-agent status, until every pod is ready")
    seconds = LiveTable(pods[0]).show_until(lambda: all(pod.is_ready() for pod in pods),
                                            "every pod to be ready")
    say(f"\n  all ready after {seconds:.1f} s")


def show_commands(primary, replicas):
    headline("A write on the primary, read on the replicas")
    primary.command("SET", "greeting", "hello")
    show_command(primary, 'SET greeting "hello"', "OK")
    for replica in replicas:
        value = wait_until(lambda pod=replica: pod.command("GET", "greeting"),
                           "the write to arrive")
        show_command(replica, "GET greeting", f'"{value.decode()}"')
    for replica in replicas:
        try:
            replica.command("SET", "greeting", "bye")
        except RespError as error:
            if not str(error).startswith("READONLY"):
                raise
            show_command(replica, 'SET greeting "bye"', str(error))
        else:
            raise AssertionError(f"{replica.name} took a write")


def show_command(pod, command, reply):
    say(f"  {pod.name:<15} > {command:<22} {styled(reply, '2')}")


def show_loss_and_return(watcher, pod):
    headline(f"The Redis of {pod.name} is killed")
    pod.server.kill()
    seconds = LiveTable(watcher).show_until(lambda: not pod.is_ready(), f"{pod.name} to leave")
    answer = pod.get("/readyz")
    say(f"\n  not ready after {seconds:.1f} s; its /readyz: {answer.status} {answer.text}")
    headline("and started again")
    pod.start_server()
    seconds = LiveTable(watcher).show_until(pod.is_ready, f"{pod.name} to come back")
    say(f"\n  ready again after {seconds:.1f} s")


def show_addresses(pods):
    headline("Served by each pod")
    for pod in pods:
        say(f"  http://{pod.pod.address}:9121/   {pod.name}")
    say("\n  each with /status, /metrics, /readyz?verbose, /livez, /primary, /replica?lag=1MiB")


def stay(pod):
    headline("It all goes on until Ctrl-C")
    table = LiveTable(pod)
    try:
        while True:
            table.show()
            time.sleep(1)
    except KeyboardInterrupt:
        say("\n  Ended, and nothing is left.")


def main(agent):
    try:
        enter()
    except OSError as error:
        sys.exit(f"redis-agent demo: {error}")
    world = World()
    world.open_to_machine()
    pods = start_pods(world, agent)
    show_getting_ready(pods)
    show_commands(pods[0], pods[1:])
    show_loss_and_return(pods[0], pods[2])
    show_addresses(pods)
    if IS_TERMINAL:
        stay(pods[0])


if __name__ == "__main__":
    try:
        main(str(pathlib.Path(sys.argv[1]).resolve()))
    except KeyboardInterrupt:
        say("\n  Ended early, and nothing is left.")
        sys.exit(130)
    except NotInTime as error:
        sys.exit(f"\nredis-agent demo: {error}")
