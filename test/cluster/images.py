"""The images that the cluster needs: the agent's, by docker/build, and what stands beside it in tests."""
import pathlib
import shutil
import subprocess
import tempfile

from cluster import PROJECT, ClusterError, run

BASE = "localhost/redis-agent-base:bookworm"
OLD_SERVER = pathlib.Path("/var/cache/redis-agent-test/redis-5.0/redis-server")
# As a cluster completes the name redis:7.0.15 of k8s/redis.yaml.
REDIS = "docker.io/library/redis:7.0.15"
OLD_REDIS = "localhost/redis:5.0.6"
TOOLS = "localhost/redis-agent-test-tools:1"


def find_tool():
    for tool in ("docker", "podman"):
        if shutil.which(tool) and run([tool, "version"], check=False).returncode == 0:
            return tool
    raise ClusterError("neither docker nor podman works here: images cannot be built")


def build_and_load(cluster, say):
    tool = find_tool()
    with tempfile.TemporaryDirectory() as folder:
        archive = f"{folder}/image.tar"
        run([PROJECT / "docker/build", "--local-base", "--save", archive], timeout=1800)
        cluster.load(archive)
        say(f"redis-agent: {_size(tool, 'localhost/redis-agent:0.1.0')}")
        for target, tag in (("redis", REDIS), ("redis-5.0", OLD_REDIS), ("tools", TOOLS)):
            _build(tool, target, tag, folder)
            pathlib.Path(archive).unlink(missing_ok=True)
            run([tool, "save", "--output", archive, tag], timeout=300)
            cluster.load(archive)
            say(f"{tag}: {_size(tool, tag)}")


def _build(tool, target, tag, folder):
    options = ["--isolation=chroot", "--format=docker"] if tool == "podman" else []
    context = pathlib.Path(folder, "context")
    context.mkdir(exist_ok=True)
    if target == "redis-5.0":
        if not OLD_SERVER.exists():
            raise ClusterError("Redis 5 is not here: test/servers fetches it")
        shutil.copy(OLD_SERVER, context / "redis-server")
    run([tool, "build", *options, "--file", PROJECT / "test/cluster/Dockerfile", "--target", target,
         "--tag", tag, "--build-arg", f"BASE={BASE}", context], timeout=900)


def _size(tool, tag):
    size = int(subprocess.check_output([tool, "image", "inspect", "--format", "{{.Size}}", tag]))
    return f"{size / 1e6:.1f} MB"
