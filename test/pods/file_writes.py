"""How often a file is put in place anew, as the kernel tells it (inotify)."""
import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_MOVED_TO = 0x00000080
_CREATE = 0x00000100  # of the temporary file: the kernel makes one of two equal events in a row
_HEAD = struct.Struct("iIII")  # watch, mask, cookie, length of the name


class FileWrites:
    def __init__(self, path):
        """`path` is the file's; renames onto it count from now on."""
        self._name = path.name.encode()
        self._number = _libc.inotify_init1(os.O_NONBLOCK)
        if self._number < 0 or _libc.inotify_add_watch(self._number, str(path.parent).encode(),
                                                       _MOVED_TO | _CREATE) < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {path}")
        self._count = 0

    def count(self):
        try:
            while events := os.read(self._number, 1 << 16):
                self._take(events)
        except BlockingIOError:
            return self._count

    def _take(self, events):
        while events:
            _, mask, _, length = _HEAD.unpack_from(events)
            name = events[_HEAD.size:_HEAD.size + length].rstrip(b"\0")
            self._count += name == self._name and bool(mask & _MOVED_TO)
            events = events[_HEAD.size + length:]

    def close(self):
        os.close(self._number)
