"""Disks that are slow or hang, for one process: by libraries compiled here. Pods see /tmp as it is.
"""
import pathlib
import subprocess
import tempfile


def _compile(name):
    source = pathlib.Path(__file__).with_name(f"{name}.c")
    library = pathlib.Path(tempfile.mkdtemp(prefix="slow-disk-")) / f"{name}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def slow_disk(milliseconds):
    """The variables under which a process's fsync takes so long."""
    return {"LD_PRELOAD": str(_compile("slow_fsync")), "SLOW_FSYNC": str(milliseconds)}


class HangingDisk:
    """A process with its `variables` has a folder on which nothing comes back while it hangs."""

    def __init__(self, folder="/data"):
        library = _compile("hanging_files")
        self._mark = library.with_name("hangs")
        self.variables = {"LD_PRELOAD": str(library), "HANG_UNDER": folder,
                          "HANG_WHILE": str(self._mark)}

    def hang(self):
        self._mark.touch()

    def go_on(self):
        self._mark.unlink(missing_ok=True)
