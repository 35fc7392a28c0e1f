"""An AOF that is not whole after a kill, while the replicas have all that was acknowledged."""
from pods import slow_disk, wait_until

from .crashes import AOF
from .fault import fault

_FSYNC = 1500  # milliseconds: Redis postpones its writes for up to two seconds
_HOOK_PORT = 9123
_UNWRITTEN = 8000  # bytes of commands: some two hundred writes


def wait_for_unwritten(run):
    """Until Redis holds that much back because an fsync is under way."""
    with run.primary.redis() as redis:
        wait_until(lambda: int(redis.info("persistence")["aof_buffer_length"]) > _UNWRITTEN,
                   "the AOF to lag behind", 10, every=0.001)


def restart_with_a_slow_disk(run):
    run.writer.pause()
    run.primary.server.stop()
    run.cluster.start_server(run.primary, variables=slow_disk(_FSYNC))
    run.cluster.wait_until_in_sync()
    run.writer.resume()
    run.load()


@fault("aof-unwritten-kill-9", arguments=AOF)
def kill_server(run):
    restart_with_a_slow_disk(run)
    wait_for_unwritten(run)
    run.strike()
    run.primary.server.kill()
    run.cluster.start_server(run.primary)


@fault("aof-unwritten-announced-kill-9", arguments=AOF, has_plain=False)
def kill_an_announced_one(run):
    """What is announced need not come: the server is killed before it has written all."""
    restart_with_a_slow_disk(run)
    wait_for_unwritten(run)
    run.strike()
    run.primary.get("/prestop", port=_HOOK_PORT)
    run.primary.server.kill()
    run.cluster.start_server(run.primary)


@fault("aof-switched-off-kill-9", arguments=AOF)
def switched_off(run):
    """At run time; the file still says yes, so that the AOF of before is what is loaded."""
    run.load()
    run.primary.command("CONFIG", "SET", "appendonly", "no")
    run.load()
    run.strike()
    run.primary.server.kill()
    run.cluster.start_server(run.primary)
