"""Waiting for something to become true, and saying what stood in its way if it does not."""
import time


class NotInTime(AssertionError):
    """The deadline passed. The text has what was waited for and what was seen last."""


def wait_until(look, what, within=10.0, every=0.02, on_failure=None):
    """Calls `look` until it returns something true, and returns that.

    An exception of `look` counts as "not yet". `on_failure()` adds to the text of a failure, for
    example the logs of those who were waited for.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            seen = look()
            if seen:
                return seen
        except (OSError, AssertionError, LookupError, ValueError, RuntimeError) as error:
            seen = error
        if time.monotonic() >= deadline:
            break
        time.sleep(every)
    text = f"waited {within:g} s for {what}; seen last: {seen!r}"
    if on_failure:
        text += "\n" + on_failure()
    raise NotInTime(text)
