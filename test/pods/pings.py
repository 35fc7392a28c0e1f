"""PINGs to servers, from a process of its own, so that whoever waits for it does not slow it."""
import pathlib
import sys


class Pings:
    def __init__(self, pod, addresses):
        """Begins at once, in the network of `pod`."""
        program = pathlib.Path(__file__).with_name("ping_loop.py")
        self._process = pod.start(sys.executable, "-B", program, *addresses)
        self._process.wait_for_log("ready")

    def end(self):
        """The seconds that each address let wait at most."""
        self._process.stop()
        lines = [line.split() for line in self._process.log().splitlines()[1:]]
        return {address: float(seconds) for address, seconds in lines}
