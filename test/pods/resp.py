"""A small Redis client for tests: commands as bytes out, replies as plain Python values back.

It is its own, and not redis-cli, so that any bytes can be a password and nothing stands in argv.
"""
import socket


class RespError(RuntimeError):
    """A reply that begins with '-'."""


def _encode(argument):
    if isinstance(argument, bytes):
        return argument
    return str(argument).encode()


class RespClient:
    # pylint: disable-next=too-many-arguments
    def __init__(self, address, port=6379, password=None, username=None, timeout=5.0, tls=None):
        """`tls` is an ssl.SSLContext, or None."""
        self.socket = socket.create_connection((address, port), timeout=timeout)
        if tls:
            self.socket = tls.wrap_socket(self.socket)
        self._stream = self.socket.makefile("rb")
        if password is not None:
            self._log_in([username, password] if username else [password])

    def _log_in(self, who):
        try:
            self("AUTH", *who)
        except RespError:
            self.close()
            raise

    def __call__(self, *arguments):
        self.send(*arguments)
        return self.receive()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, *arguments):
        parts = [b"*%d\r\n" % len(arguments)]
        for argument in map(_encode, arguments):
            parts.append(b"$%d\r\n%s\r\n" % (len(argument), argument))
        self.socket.sendall(b"".join(parts))

    def receive(self):
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RespError(rest.decode(errors="replace"))
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._stream.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.receive() for _ in range(int(rest))]
        raise ConnectionError(f"not RESP: {line!r}")

    def info(self, section="replication"):
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def close(self):
        self._stream.close()
        self.socket.close()
