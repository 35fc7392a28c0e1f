"""The images that the tests need: the agent's, by docker/build, and what stands beside it."""

import pathlib
import re
import shutil
import tempfile

from cluster import PROJECT, ClusterError, run

CACHE = pathlib.Path("/var/cache/redis-agent-test")
BASE = "localhost/redis-agent-base:bookworm"
VERSION = re.search(
    r"(?m)^project\(redis-agent VERSION (\S+)", (PROJECT / "CMakeLists.txt").read_text()
)[1]
AGENT = f"localhost/redis-agent:{VERSION}"
PROGRAM = PROJECT / "build/release/agent/redis-agent"
# For each target of the Dockerfile: its name, and the program that it gets from this machine.
IMAGES = {
    # As a cluster completes the name redis:7.0.15 of k8s/redis.yaml.
    "redis": ("docker.io/library/redis:7.0.15", None),
    "redis-5.0": ("localhost/redis:5.0.6", CACHE / "redis-5.0/redis-server"),
    "tools": ("localhost/redis-agent-test-tools:1", None),
    "clients": ("localhost/redis-agent-test-clients:1", CACHE / "clients/libraries.tar"),
    "prometheus": ("localhost/redis-agent-test-prometheus:1", CACHE / "prometheus/prometheus"),
    "traefik": ("localhost/redis-agent-test-traefik:1", CACHE / "traefik/traefik"),
    "cert-manager": (
        "localhost/redis-agent-test-cert-manager:1",
        CACHE / "cert-manager/controllers",
    ),
}
EXAMPLE = "localhost/api-gateway:v2"


def find_tool():
    for tool in ("docker", "podman"):
        if shutil.which(tool) and run([tool, "version"], check=False).returncode == 0:
            return tool
    raise ClusterError("neither docker nor podman works here: images cannot be built")


def build_and_load(cluster):
    """Yields a line for each image; one whose program is not here is left out, and says so."""
    tool = find_tool()
    with tempfile.TemporaryDirectory() as folder:
        archive = pathlib.Path(folder, "image.tar")
        command = [PROJECT / "docker/build", "--local-base", "--tag", AGENT, "--save", archive]
        if PROGRAM.exists():  # to compile it once more takes ten minutes
            command += ["--program", PROGRAM]
        run(command, timeout=1800)
        cluster.load(archive)
        yield f"{AGENT}: {_size(tool, AGENT)}"
        for target, (tag, program) in IMAGES.items():
            if program and not program.exists():
                yield f"{tag} is left out: {program} is not here"
                continue
            _build(tool, target, tag, program)
            archive.unlink()
            run([tool, "save", "--output", archive, tag], timeout=300)
            cluster.load(archive)
            yield f"{tag}: {_size(tool, tag)}"
        yield _build_example(cluster, tool, archive)


def _build_example(cluster, tool, archive):
    command = [PROJECT / "k8s/example/build", "--base", BASE, "--save", archive]
    built = run(command, check=False, timeout=900)
    if built.returncode != 0:
        said = built.stderr.strip().splitlines()[-1:]
        return f"the article's application is left out: {''.join(said)}"
    cluster.load(archive)
    return f"{EXAMPLE} and its like: {_size(tool, EXAMPLE)}"


def _build(tool, target, tag, program):
    options = ["--isolation=chroot", "--format=docker"] if tool == "podman" else []
    with tempfile.TemporaryDirectory() as context:
        if program:
            shutil.copy(program, context)
        run(
            [
                tool,
                "build",
                *options,
                "--file",
                PROJECT / "test/cluster/Dockerfile",
                "--target",
                target,
                "--tag",
                tag,
                "--build-arg",
                f"BASE={BASE}",
                context,
            ],
            timeout=900,
        )


def _size(tool, tag):
    size = int(run([tool, "image", "inspect", "--format", "{{.Size}}", tag]).stdout)
    return f"{size / 1e6:.1f} MB"
