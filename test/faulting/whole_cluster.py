"""All pods at once."""
from .crashes import AOF
from .fault import fault


def save_everywhere(run):
    """What a killed server will come back with is not older than what the writer was told."""
    run.writer.pause()
    run.cluster.wait_until_equal()
    for pod in run.pods:
        pod.command("SAVE")


def kill_all(run, with_agents):
    run.strike()
    for pod in run.pods:
        if with_agents:
            run.cluster.kill_agent(pod)
        pod.server.kill()


def recreate_all(run):
    for pod in run.pods:
        run.cluster.recreate(pod)


@fault("all-killed")
def all_killed(run):
    save_everywhere(run)
    kill_all(run, with_agents=False)
    for pod in run.pods:
        run.cluster.start_server(pod)
    run.writer.resume()


@fault("all-killed-agents-too")
def all_killed_agents_too(run):
    save_everywhere(run)
    kill_all(run, with_agents=True)
    recreate_all(run)
    run.writer.resume()


@fault("all-killed-primary-emptied")
def all_killed_primary_emptied(run):
    save_everywhere(run)
    kill_all(run, with_agents=True)
    run.cluster.empty(run.primary)
    recreate_all(run)
    run.writer.resume()


@fault("all-killed-aof", arguments=AOF)
def all_killed_aof(run):
    run.load()
    kill_all(run, with_agents=False)
    for pod in run.pods:
        run.cluster.start_server(pod)


@fault("all-killed-aof-agents-too", arguments=AOF)
def all_killed_aof_agents_too(run):
    run.load()
    kill_all(run, with_agents=True)
    recreate_all(run)


@fault("all-killed-aof-primary-emptied", arguments=AOF)
def all_killed_aof_primary_emptied(run):
    run.load()
    kill_all(run, with_agents=True)
    run.cluster.empty(run.primary)
    recreate_all(run)


@fault("scaled-to-zero-and-back-aof", arguments=AOF)
@fault("scaled-to-zero-and-back")
def scaled_to_zero(run):
    """All pods end in order and come back with their volumes at other addresses."""
    run.load()
    run.strike()
    for pod in reversed(run.pods):
        run.cluster.delete(pod)
    recreate_all(run)


@fault("first-start", writable_within=20)
def first_start(run):
    """Nothing was there before: not one volume remembers anything."""
    run.forget_all()
    kill_all(run, with_agents=True)
    for pod in run.pods:
        run.cluster.empty(pod)
    run.writer.resume()
    recreate_all(run)
