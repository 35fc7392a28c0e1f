"""Connections that a primary takes for replicas: they follow its stream and acknowledge it.

One thread serves them all; what they receive is dropped.
"""
import selectors
import threading
import time

from pods import RespClient


class FakeReplicas:
    def __init__(self, address, password, count):
        self._connections = [RespClient(address, password=password) for _ in range(count)]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        for number, connection in enumerate(self._connections):
            connection("REPLCONF", "listening-port", 20000 + number)
            connection("REPLCONF", "capa", "eof", "capa", "psync2")
            connection.send("PSYNC", "?", "-1")
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()
        for connection in self._connections:
            connection.close()

    def _follow(self):
        selector = selectors.DefaultSelector()
        for connection in self._connections:
            connection.socket.setblocking(False)
            selector.register(connection.socket, selectors.EVENT_READ)
        acknowledged_at = 0
        while not self._is_over.is_set():
            for key, _ in selector.select(timeout=0.2):
                try:
                    key.fileobj.recv(1 << 16)
                except BlockingIOError:
                    pass
            if time.monotonic() - acknowledged_at > 1:
                acknowledged_at = time.monotonic()
                for connection in self._connections:
                    connection.send("REPLCONF", "ACK", 0)
        selector.close()
