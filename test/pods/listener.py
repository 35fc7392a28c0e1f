"""Somebody who hears all that goes from pod to pod."""
import socket
import threading

_ALL_PROTOCOLS = 3  # ETH_P_ALL
_SO_RCVBUFFORCE = 33  # of root: more than net.core.rmem_max
_FRAME_MAX = 1 << 17
_BUFFER = 1 << 24


class Listener:
    """Tells which of some words, each within one packet, went over the wire while it was open."""

    def __init__(self, *words):
        self.heard = set()
        self._words = words
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                     socket.htons(_ALL_PROTOCOLS))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        self._socket.settimeout(0.1)
        self._is_open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_open = False
        self._thread.join()
        self._socket.close()

    def _listen(self):
        while True:
            try:
                frame = self._socket.recv(_FRAME_MAX)
            except TimeoutError:
                if not self._is_open:
                    return
                continue
            self.heard.update(word for word in self._words if word in frame)
