"""A slow disk for one process: its fsync takes as long as is said, by a library compiled here."""
import pathlib
import subprocess
import tempfile


def slow_disk(milliseconds):
    """The variables under which a process has such a disk. Pods see /tmp as it is."""
    source = pathlib.Path(__file__).with_name("slow_fsync.c")
    library = pathlib.Path(tempfile.mkdtemp(prefix="slow-disk-")) / "slow_fsync.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library), "SLOW_FSYNC": str(milliseconds)}
