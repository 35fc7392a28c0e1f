"""The rotation table: each test of a rotation prints its row of it, and all of them are what
`ctest -R 'rotation|authority' -V` shows. A row is what a way costs: logins that are refused with
the old secret and with the new one, while clients may have either; links that fail; full syncs
beyond the first ones."""

COPIED = "REPLICA sync: Finished with success"  # as Redis and Valkey of every age log it
_HEAD = ("way", "old refused", "new refused", "link failures", "full syncs")


def full_syncs(pod):
    """In all runs of its server."""
    return sum(process.log().count(COPIED) for process in pod.pod.processes
               if process.name.startswith("redis-server"))


def print_row(way, refused, link_failures, pods):
    """`refused` are those with the old and with the new one, as text. The first of the pods is the
    primary; each replica had to copy it once."""
    later = sum(full_syncs(pod) for pod in pods) - (len(pods) - 1)
    cells = (way, *refused, link_failures, later)
    print("\n" + "; ".join(f"{name}: {cell}" for name, cell in zip(_HEAD, cells)))
