"""What is wrong with an API server (api_server.py) for as long as a test says so."""
import threading


class ApiFaults:
    """Each of these lasts for so many requests, or until heal()."""

    def __init__(self):
        self._mutex = threading.Lock()
        self.healed = threading.Event()  # replaced by each heal()
        self.heal()

    def heal(self):
        with self._mutex:
            self.slow_seconds = 0
            self._answers, self._raw, self._late = [], [], []
            self._lost = 0
            self._rotations = 0
            self._cut_off = frozenset()
            self.healed.set()
            self.healed = threading.Event()

    def slow(self, seconds):
        """Takes effect at once; the answer comes so much later."""
        self.slow_seconds = seconds

    def answer_with(self, status, times=1, retry_after=None):
        """Has no effect."""
        with self._mutex:
            self._answers += [(status, retry_after)] * times

    def answer_raw(self, text, times=1, is_endless=False):
        """These very bytes, and then the end of the connection; or again and again."""
        with self._mutex:
            self._raw += [(text, is_endless)] * times

    def lose_answers(self, times=1):
        """Takes effect, and the connection ends without an answer."""
        with self._mutex:
            self._lost += times

    def apply_late(self, seconds, times=1):
        """Takes effect so much later, whether or not the client is still there."""
        with self._mutex:
            self._late += [seconds] * times

    def expire_token(self):
        """The kubelet replaces the token just before the next request with the old one comes."""
        with self._mutex:
            self._rotations += 1

    def cut_off(self, *clients):
        """No answer to these: addresses, or names as given to add_client()."""
        with self._mutex:
            self._cut_off = frozenset(clients)

    def is_cut_off(self, *names):
        with self._mutex:
            return not self._cut_off.isdisjoint(names)

    def take_answer(self):
        return self._take(self._answers)

    def take_raw(self):
        return self._take(self._raw)

    def take_late(self):
        return self._take(self._late) or 0

    def _take(self, waiting):
        with self._mutex:
            return waiting.pop(0) if waiting else None

    def take_lost(self):
        with self._mutex:
            self._lost -= (taken := min(self._lost, 1))
            return taken > 0

    def take_rotation(self):
        with self._mutex:
            self._rotations -= (taken := min(self._rotations, 1))
            return taken > 0
