"""Real pods on one machine, for the demo and the integration tests. Root on Linux only.

    from pods import RedisPod, World, enter
    enter()                      # this program is now process 1 of a world of its own
    world = World()
    primary = RedisPod(world.add_pod("redis-master-0"), agent="/path/of/redis-agent").bring_up()
    primary.wait_until_ready()
    print(primary.command("INFO", "replication").decode())
"""
from .certificates import Authority, MountedSecret
from .file_writes import FileWrites
from .http_get import Answer, http_get
from .pings import Pings
from .redis_pod import CONFIG_PATH, PARKING_PLACE, PASSWORD_PATH, RedisPod
from .resp import RespClient, RespError
from .slow_disk import HangingDisk, slow_disk
from .waiting import NotInTime, wait_until
from .world import EXIT_SKIPPED, World, enter, main

__all__ = ["Answer", "Authority", "CONFIG_PATH", "EXIT_SKIPPED", "FileWrites", "HangingDisk",
           "MountedSecret", "NotInTime", "PARKING_PLACE", "PASSWORD_PATH", "Pings", "RedisPod",
           "RespClient", "RespError", "World", "enter", "http_get", "main", "slow_disk",
           "wait_until"]
