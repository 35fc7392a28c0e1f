"""One run of a fault on a cluster whose primary moves, and what is expected of it.

Expected is what the design says for its fast profile (moving_cluster.py); what is seen stands
beside it in the table. Other sides, plain Redis and Redis with Sentinels, are only looked at.
"""
import dataclasses
import time

from pods import wait_until

from .cluster import BASE_KEYS
from .fault import Report, fault
from .moving_cluster import DURATION, LockCluster, PlainCluster, SentinelCluster
from .probes import Probes

SIDES = {"ours": LockCluster, "plain": PlainCluster, "sentinel": SentinelCluster}
UNTIL_BACK = 2 * DURATION + 2  # so long the other sides are given to move the primary
_NO_GAP = 0.9  # seconds without an answer that a busy machine makes by itself
_SLACK = 2.0  # of seconds that are expected, for the same reason
_HAND_OVER = 0.5  # for the same reason; test/bench/hand_over.py measures it


@dataclasses.dataclass(frozen=True)
class Expected:
    moves: bool | None  # None: either is right
    least: float = 0.0  # seconds until writes are taken again
    most: float = 0.0  # 0: there is no gap
    lost: int | None = 0  # at most so many acknowledged writes; None: what no replica had
    closed: float | None = None  # the old primary's last answer, at most so late
    retaken: int = 0  # how often the one that stays takes the lock anew

    def __str__(self):
        where = {True: "another one", False: "stays", None: "either"}[self.moves]
        gap = f"{self.least:g} to {self.most:g} s" if self.most else \
            "some 0.1 s" if self.moves else "no gap"
        loss = "0 lost" if self.lost == 0 else "none a replica had lost" if self.lost is None else \
            f"{self.lost} lost at most"
        closed = f", closed by {self.closed:g} s" if self.closed is not None else ""
        return f"{where}, {gap}, {loss}{closed}"


def moving_fault(name, expected, *, beside=False, **details):
    """A row of the table; `beside` others it is tried on them too."""
    details.setdefault("group", "failover")
    details.setdefault("arguments", ("--appendonly", "yes"))
    details.setdefault("healed_within", 45.0)
    sides = ("plain", "sentinel") if beside else ()
    return fault(name, run=MovingRun, expected=expected, beside=sides, has_plain=beside, **details)


class MovingRun:
    """What a fault's function acts on."""

    def __init__(self, kind, agent, side):
        self.kind, self.side = kind, side
        self.is_ours = side == "ours"
        self.report = Report()
        self.cluster = SIDES[side](agent, kind)
        self.pods = self.cluster.pods
        self.primary, self.replicas = self.cluster.primary, self.cluster.replicas
        self.probes = Probes(self.pods)
        self.struck_at = 0.0
        self.moves_before = 0

    # --- for the faults ---

    def strike(self):
        self.moves_before = self.cluster.count_moves()
        self.struck_at = time.monotonic()

    def since(self):
        return time.monotonic() - self.struck_at

    def note(self, text):
        self.report.notes.append(text)

    def check(self, is_so, text):
        if not is_so:
            self.report.problems.append(text)

    def wait_for_another(self, within=UNTIL_BACK):
        """Until a replica takes writes; where none does, the other sides go on after that time."""
        try:
            wait_until(lambda: self.probes.answered_after(self.struck_at, *self.replicas),
                       "another one to take writes", within)
        except AssertionError:
            if self.is_ours:
                raise

    def stays_open(self, seconds):
        """For so long; a gap shows in the table."""
        time.sleep(seconds)

    # --- the run ---

    def perform(self):
        try:
            self.cluster.bring_up()
            self.probes.start()
            time.sleep(1.0)
            self.kind.strike(self)
            if self.kind.expected:
                self._settle()
        except Exception as error:  # pylint: disable=broad-except
            self.report.problems.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
            self._explain()
        self.probes.stop()
        self.report.logs = self.cluster.logs()
        return self.report

    def _settle(self):
        primary = self.cluster.wait_until_settled(self.kind.healed_within)
        wait_until(lambda: self.probes.answered_after(self.struck_at, primary), "a write", 10)
        self.report.healed = self.since()
        time.sleep(0.5)
        self.probes.stop()
        self._measure(primary)
        self._count(primary)
        if self.is_ours:
            self._compare(primary)

    def _measure(self, primary):
        report = self.report
        report.moves = self.cluster.count_moves() - self.moves_before
        report.primary = primary.name
        if primary is self.primary:
            begin, end = self.probes.gap_of(primary, self.struck_at)
            report.seconds = end - self.struck_at if end - begin > _NO_GAP else 0.0
        else:
            report.seconds = self.probes.first_on(primary, self.struck_at) - self.struck_at
            last = self.probes.last_on(self.primary, self.struck_at)
            report.closed = last - self.struck_at if last else 0.0
            if report.closed and 0 < report.seconds - report.closed < _NO_GAP:
                report.gap = report.seconds - report.closed
        report.doubles = self.probes.count_doubles()

    def _count(self, primary):
        lost = self.probes.lost_on(primary)
        self.report.safe = self.report.written = self.probes.count() + BASE_KEYS
        with primary.redis(timeout=20) as redis:
            base = len(redis("KEYS", "key:*"))
        self.report.lost = sum(lost.values()) + BASE_KEYS - base

    def _compare(self, primary):
        expected, report = self.kind.expected, self.report
        if expected.moves is not None:
            self.check((primary is not self.primary) == expected.moves,
                       f"{primary.name} is the primary")
        if expected.moves is False:
            self.check(report.moves == expected.retaken,
                       f"the lock has moved {report.moves} times")
        if expected.most == 0:
            is_short = report.gap is not None and report.gap <= _HAND_OVER
            self.check(report.seconds == 0 or is_short,
                       f"a gap, until {report.seconds:.1f} s")
        else:
            least, most = expected.least, expected.most + _SLACK
            self.check(least <= report.seconds <= most,
                       f"writes after {report.seconds:.1f} s, not {least:g} to {most:g} s")
        self.check(expected.lost is None or report.lost <= expected.lost,
                   f"{report.lost} writes lost, not {expected.lost}")
        self.check(report.doubles == 0, f"{report.doubles} writes while another server took some")
        if expected.closed is not None:
            self.check(report.closed <= expected.closed + 0.6,
                       f"the old one's last answer after {report.closed:.1f} s, "
                       f"not {expected.closed:g}")
        if report.lost and expected.lost is None:
            self._check_kept()

    def _check_kept(self):
        """What is lost has been kept, and is said."""
        kept = [path.name for path in self.primary.pod.path("/data").glob("lost-*")]
        self.note(f"kept on {self.primary.name}: {', '.join(kept) or 'nothing'}; "
                  f"{self.primary.metric('redis_agent_lost_bytes_total'):.0f} bytes")
        self.check(kept, "what is lost is in no file")

    def _explain(self):
        """What the pods say of a failure."""
        for pod in self.pods if self.is_ours else ():
            try:
                status = pod.status()
                self.note(f"{pod.name}: {status['reason']}: {status['explanation']}; "
                          f"{status.get('lock')}")
            except (OSError, ValueError, KeyError) as error:
                self.note(f"{pod.name}: {error}")
