"""The cast of the story: workloads of four namespaces, each with a believable reason to end, or to run well.

Every part puts its pods on the stage and sees to what becomes of them. In an endless story each comes again, and
takes away what it no longer needs, so that the number of pods stays bounded.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from kubevigil.demo import lines
from kubevigil.demo.kubelet import Place
from kubevigil.demo.plan import PodRef, Role
from kubevigil.demo.stage import Stage, app

_JOBS_KEPT: Final = 3
_NO_SUCH_FILE: Final = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    'unable to start container process: exec: "/usr/bin/log-agentd": stat /usr/bin/log-agentd: no such file or '
    "directory: unknown"
)


def payments_api(stage: Stage) -> None:
    """Two replicas; one takes more and more memory under load: OOMKilled."""
    plan = app("api", "payments/payments-api:4.2.1", memory="384Mi")
    revision = stage.revision()
    ref = stage.of_deployment("payments", "payments-api", revision, [plan])
    stage.of_deployment("payments", "payments-api", revision, [plan])

    def life(place: Place) -> None:
        end = partial(stage.kubelet.end, place, 137, "OOMKilled", log=lines.out_of_memory(stage.random))
        stage.kubelet.after(place, stage.between(28, 40), end)

    stage.kubelet.keep(ref, "api", life)


def checkout(stage: Stage) -> None:
    """Cannot reach its database: exit 1 again and again, beside a sidecar that is well."""
    plans = [app("proxy", "mesh/proxy:1.21", role=Role.SIDECAR), app("checkout", "shop/checkout:2.14.0")]
    ref = stage.of_deployment("shop", "checkout", stage.revision(), plans)

    def life(place: Place) -> None:
        end = partial(stage.kubelet.end, place, 1, log=lines.no_database(stage.random))
        stage.kubelet.after(place, stage.between(18, 24), end)

    stage.kubelet.keep(ref, "checkout", life)


def search_indexer(stage: Stage) -> None:
    """A Go program that panics: exit 2, with the panic as its termination message."""
    ref = stage.of_deployment("shop", "search-indexer", stage.revision(), [app("indexer", "shop/indexer:0.9.3")])

    def life(place: Place) -> None:
        log = lines.panic(stage.random)
        stage.kubelet.after(place, stage.between(30, 50), partial(stage.kubelet.end, place, 2, log=log, message=log[1]))

    stage.kubelet.keep(ref, "indexer", life)


def recommender(stage: Stage) -> None:
    """Hangs, and the liveness probe has it killed: exit 137, which is no OOM."""
    ref = stage.of_deployment("shop", "recommender", stage.revision(), [app("model", "shop/recommender:1.8.0")])

    def life(place: Place) -> None:
        kill = partial(stage.kubelet.kill_unhealthy, place, log=lines.stuck(stage.random))
        stage.kubelet.after(place, stage.between(60, 80), kill)

    stage.kubelet.keep(ref, "model", life)


def cache(stage: Stage) -> None:
    """Ends with 0 although it should run for ever."""
    ref = stage.of_deployment("shop", "cache", stage.revision(), [app("cache", "shop/cache:7.2")])

    def life(place: Place) -> None:
        end = partial(stage.kubelet.end, place, 0, log=lines.nothing_to_do(stage.random))
        stage.kubelet.after(place, stage.between(45, 60), end)

    stage.kubelet.keep(ref, "cache", life)


def ledger_db(stage: Stage) -> None:
    """A StatefulSet whose init container fails: its database never starts."""
    plans = [app("migrate", "payments/migrate:17", role=Role.INIT), app("db", "payments/ledger-db:16.2")]
    ref = stage.of_stateful_set("payments", "ledger-db", plans)
    stage.world.run(ref, "migrate")

    def life(place: Place) -> None:
        end = partial(stage.kubelet.end, place, 1, log=lines.migration_failed(stage.random))
        stage.kubelet.after(place, stage.between(18, 22), end)

    stage.kubelet.keep(ref, "migrate", life)


def log_agent(stage: Stage) -> None:
    """A DaemonSet whose command is not in its image: created, never started."""
    for node in ("node-1", "node-2"):
        ref = stage.of_daemon_set("platform", "log-agent", node, [app("agent", "platform/log-agent:3.0.0-rc1")])
        keep = partial(stage.kubelet.keep, ref, "agent", _no_life, cannot_start=_NO_SUCH_FILE)
        stage.after(stage.between(1, 3), keep)


def frontend(stage: Stage) -> None:
    """A typo in the image's tag: it cannot be pulled."""
    image = "shop/frontend:5.1.O"
    ref = stage.of_deployment("shop", "frontend", stage.revision(), [app("nginx", image)], started=False)

    def pull() -> None:
        failure = f'failed to pull image "registry.example.com/{image}": not found'
        stage.world.wait(ref, "nginx", "ErrImagePull", failure)
        stage.after(stage.between(10, 14), back_off)

    def back_off() -> None:
        message = f'Back-off pulling image "registry.example.com/{image}"'
        stage.world.wait(ref, "nginx", "ImagePullBackOff", message)
        stage.after(stage.between(40, 80), pull)

    stage.after(2, pull)


def mailer(stage: Stage) -> None:
    """Refers to a Secret that nobody made."""
    ref = stage.of_deployment(
        "platform", "mailer", stage.revision(), [app("mailer", "platform/mailer:1.0.4")], started=False
    )
    wait = partial(stage.world.wait, ref, "mailer", "CreateContainerConfigError", 'secret "mailer-smtp" not found')
    stage.after(2, wait)


def worker(stage: Stage) -> None:
    """Evicted, since the node ran low on memory; its ReplicaSet makes another."""
    revision, plan = stage.revision(), app("worker", "data/worker:11.4", memory="1Gi")

    def live(ref: PodRef) -> None:
        stage.after(stage.between(70, 90) * (10 if stage.endless else 1), partial(evict, ref))

    def evict(ref: PodRef) -> None:
        stage.world.evict(ref, "The node was low on resource: memory. Threshold quantity: 100Mi, available: 71Mi. ")
        live_again = stage.of_deployment("data", "worker", revision, [plan])
        stage.again(600, partial(stage.world.delete, ref))
        stage.again(1, partial(live, live_again))

    live(stage.of_deployment("data", "worker", revision, [plan]))


def report_cron(stage: Stage) -> None:
    """A CronJob's Job that fails three times and is given up."""
    plan, done = app("report", "data/report:2026.1"), list[list[PodRef]]()

    def begin() -> None:
        done.append([])
        attempt(stage.cron_job_run("report-cron"), 1)
        stage.again(300, begin)
        for old in done[:-_JOBS_KEPT]:
            for ref in old:
                stage.world.delete(ref)
        del done[:-_JOBS_KEPT]

    def attempt(job: str, number: int) -> None:
        ref = stage.of_job("data", job, [plan], "Never")
        done[-1].append(ref)
        stage.after(stage.between(12, 18), partial(fail, ref, job, number))

    def fail(ref: PodRef, job: str, number: int) -> None:
        stage.world.crash(ref, "report", 1, log=lines.report_failed(stage.random))
        if number < 3:  # noqa: PLR2004  backoffLimit: 2
            stage.after(10.0 * number, partial(attempt, job, number + 1))

    stage.after(5, begin)


def batch(stage: Stage) -> None:
    """A Job that succeeds: an end, and no crash."""
    plan = app("batch", "data/batch:3.3")

    def begin() -> None:
        ref = stage.of_job("data", f"batch-{stage.world.ids.suffix()}", [plan], "OnFailure")
        stage.after(stage.between(40, 50), partial(end, ref))

    def end(ref: PodRef) -> None:
        stage.world.crash(ref, "batch", 0, log=lines.batch_done(stage.random))
        stage.again(600, partial(stage.world.delete, ref))
        stage.again(700, begin)

    begin()


def web(stage: Stage) -> None:
    """Two replicas that are well, until a new revision replaces them one by one: graceful stops."""
    pods: list[PodRef] = []

    def add(revision: str) -> None:
        pods.append(stage.of_deployment("shop", "web", revision, [app("web", f"shop/web:{revision[:4]}")]))

    def roll_out() -> None:
        revision = stage.revision()
        for number, ref in enumerate(list(pods)):
            stage.after(6.0 * number, partial(add, revision))
            stage.after(6.0 * number + 3, partial(retire, ref, 143 if number else 0))
        stage.again(1200, roll_out)

    def retire(ref: PodRef, exit_code: int) -> None:
        pods.remove(ref)
        stage.world.ask_delete(ref)
        stage.after(1, partial(stage.world.stop, ref, exit_code=exit_code))
        stage.after(2, partial(stage.world.finish_delete, ref))

    first = stage.revision()
    add(first)
    add(first)
    stage.after(100, roll_out)


def debug_shell(stage: Stage) -> None:
    """A bare pod that somebody deletes by force while it runs: nobody can see its end."""

    def begin() -> None:
        ref = stage.bare("platform", "debug-shell", [app("shell", "platform/toolbox:latest")])
        stage.after(60, partial(stage.world.force_delete, ref))
        stage.again(1500, begin)

    stage.after(40, begin)


def _no_life(_place: Place) -> None:
    """A container that never starts does nothing."""


CAST: Final[tuple[Callable[[Stage], None], ...]] = (
    payments_api,
    checkout,
    search_indexer,
    recommender,
    cache,
    ledger_db,
    log_agent,
    frontend,
    mailer,
    worker,
    report_cron,
    batch,
    web,
    debug_shell,
)
"""All parts, in the order in which they come on."""
