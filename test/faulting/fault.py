"""What a fault is, and one run of it: load, the fault itself, healing, and the count of losses."""
import dataclasses
import time

from pods import wait_until

from .cluster import BASE_KEYS, Cluster
from .watch import Watch
from .writer import Writer

FAULTS = {}  # by name, in the order in which they are written


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    group: str
    strike: object
    settings: dict = dataclasses.field(default_factory=dict)
    arguments: tuple = ()  # of every server
    version: str = "7.0"  # of the servers
    replicas: int = 2
    has_plain: bool = True  # there is such a thing without agents
    heals: bool = True  # all are ready and alike in the end; else the fault checks what is right
    writable_within: float = 15.0
    healed_within: float = 20.0
    restarts: int = 0  # of the long run
    seed: int = 0  # of its chance
    run: type | None = None  # what performs it, where that is not a Run
    expected: object = None  # of it, beside what is seen
    beside: tuple = ()  # the other sides that it is tried on too


def fault(name, *, group=None, **details):
    """Makes a fault of a function that takes a Run and returns when the world is left to itself.

    Faults are grouped by their file unless `group` says otherwise; `details` are fields of Fault.
    """
    def register(function):
        its_group = group or function.__module__.rpartition(".")[2]
        FAULTS[name] = Fault(name, its_group, function, **details)
        return function
    return register


@dataclasses.dataclass
class Report:
    safe: int = 0
    lost: int = 0
    written: int = 0
    seconds: float | None = None  # from the fault until a write is answered again
    healed: float | None = None  # until all are ready and have the same
    problems: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    logs: str = ""
    was_skipped: bool = False
    # Where the primary moves:
    primary: str = ""  # in the end
    moves: int = 0
    closed: float | None = None  # from the fault until the old one's last answer
    gap: float | None = None  # between that and the next one's first, where that is short
    doubles: int = 0  # writes that were taken while another server took some too


class Run:
    """What a fault's function acts on."""

    def __init__(self, kind, agent, is_plain):
        self.kind = kind
        self.is_plain = is_plain
        self.report = Report()
        self.cluster = Cluster(agent, is_plain, kind)
        self.pods = self.cluster.pods
        self.primary, self.replicas = self.cluster.primary, self.cluster.replicas
        self.writer = Writer(lambda: self.primary.pod.address)
        self.watch = Watch(self.pods, not is_plain)
        self.struck_at = 0.0
        self.base_keys = BASE_KEYS

    # --- for the faults ---

    def load(self, seconds=1.0):
        """Lets the writer write."""
        time.sleep(seconds)

    def strike(self):
        """From now on the time until the primary is writable again is measured."""
        self.struck_at = time.monotonic()

    def forget_all(self):
        """Nothing of what there was has to survive. The writer pauses."""
        self.writer.pause()
        self.writer.forget()
        self.base_keys = 0
        self.watch.tolerated.add("ready and empty")

    def note(self, text):
        self.report.notes.append(text)

    def check(self, is_so, text):
        if not is_so:
            self.report.problems.append(text)

    def wait_for_writes(self, within=None):
        """Until a write that began after the fault was answered."""
        wait_until(lambda: self.writer.first_answer_after(self.struck_at), "a write to be answered",
                   within or self.kind.writable_within)

    # --- the run ---

    def perform(self):
        try:
            self.cluster.bring_up()
            self.watch.start()
            self.writer.start()
            self.load(0.3)
            self.kind.strike(self)
            if self.kind.heals:
                self._heal()
        except Exception as error:  # pylint: disable=broad-except
            self.report.problems.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
            self._explain()
        self.writer.stop()
        self.watch.stop()
        self.report.problems += self.watch.violations
        if self.kind.heals:
            self._count()
        self.report.logs = self.cluster.logs()
        return self.report

    def _heal(self):
        self.wait_for_writes()
        self.report.seconds = self.writer.first_answer_after(self.struck_at) - self.struck_at
        self.load(0.3)
        self.cluster.wait_until_in_sync(self.kind.healed_within)
        self.report.healed = time.monotonic() - self.struck_at
        self.writer.stop()
        self.cluster.wait_until_equal()
        self.cluster.wait_until_one_cluster()

    def _explain(self):
        """What the pods say of a failure."""
        for pod in self.pods if not self.is_plain else ():
            try:
                status = pod.status()
                self.note(f"{pod.name}: {status['reason']}: {status['explanation']}")
            except (OSError, ValueError, KeyError) as error:
                self.note(f"{pod.name}: {error}")

    def _count(self):
        safe = self.writer.safe() | {f"key:{n}".encode() for n in range(1, self.base_keys + 1)}
        self.report.safe, self.report.written = len(safe), self.writer.count()
        for pod in self.pods:
            try:
                with pod.redis(timeout=10) as redis:
                    missing = safe - set(redis("KEYS", "*"))
            except (OSError, RuntimeError) as error:
                missing = safe
                self.note(f"{pod.name} cannot be asked: {error}")
            if pod is self.primary:
                self.report.lost = len(missing)
            elif missing and not self.is_plain:
                self.report.problems.append(f"{pod.name} lacks {len(missing)} keys")
        if self.report.lost and not self.is_plain:
            self.report.problems.append(f"{self.report.lost} writes lost")
