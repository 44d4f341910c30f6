"""Everything that can go wrong in pods, played on a real cluster, and the audit of what the exporter counted of it."""

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any

import yaml

from .cluster import TESTBED, Kubectl, WitnessLog, wait_for
from .exporter import Container, Exporter

HARD_TO_TELL = ("fills-its-disk", "fails-on-failure")
"""What is left out where parts of the cluster are killed, since nobody could tell its ends.

A kubelet that is killed after an eviction and before it told of it runs the pod once more, and never tells of the
first end. A Job that fails deletes its pod at once: while the API server or the exporter is away, with an end unseen.
"""


def play_misery(
    namespace: Kubectl,
    *,
    seconds: float,
    between: tuple[float, ...] = (),
    act: Callable[[], None] | None = None,
    without: Collection[str] = (),
) -> set[str]:
    """Everything that can go wrong, for some seconds, then a graceful end of all of it. The uids of its pods.

    At the seconds `between`, `act` is called; the pods and workloads `without` are left out.
    """
    for manifest in ("misery-pods", "misery-workloads"):
        objects = yaml.safe_load_all((TESTBED / f"manifests/{manifest}.yaml").read_text(encoding="utf-8"))
        played = [one for one in objects if one["metadata"]["name"] not in without]
        namespace.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": played}))
    uids: set[str] = set()
    began = time.monotonic()
    due = list(between)

    def over() -> bool:
        uids.update(uids_of(namespace))
        if act and due and time.monotonic() - began > due[0]:
            due.pop(0)
            act()
        return not due and time.monotonic() - began > seconds

    wait_for("the misery is over", over, seconds + 120)
    workloads = "deployments,statefulsets,daemonsets,cronjobs,jobs"
    namespace("delete", workloads, "--all", "--wait=false")
    namespace("delete", "pods", "--all", "--wait=false")

    def gone() -> bool:
        left = uids_of(namespace)
        uids.update(left)
        return not left

    wait_for("no pod is left", gone, 90)
    return uids


def until_told(namespace: Kubectl, witness: WitnessLog) -> None:
    """Until the kubelet has told the API of every container that there is by now, or of a later one in its place.

    Containers whose start a killed containerd took with it are told of with the next attempt only; nobody is ever told
    of them if their pod is deleted before.
    """
    created = witness.facts("", "created")
    newest = {(fact["uid"], fact["container"]): fact["container_id"] for fact in created}
    older = {"", *(fact["container_id"] for fact in created)} - set(newest.values())
    told: set[Container] = set()

    def all_told() -> bool:
        pods = {pod["metadata"]["uid"]: pod for pod in namespace.json("get", "pods")["items"]}
        told.update((uid, name) for uid, pod in pods.items() for name, ids in _ids(pod) if ids - older)
        return all(place in told for place in newest if place[0] in pods)

    wait_for("the API is told of all containers", all_told, 90)


def _ids(pod: Any) -> Iterator[tuple[str, set[str]]]:
    """Each container of a pod, and the ids that its status has of it."""
    for kind in ("initContainerStatuses", "containerStatuses"):
        for status in pod["status"].get(kind, []):
            ends = (status.get(state, {}).get("terminated", {}) for state in ("state", "lastState"))
            yield status["name"], {status.get("containerID", ""), *(end.get("containerID", "") for end in ends)}


def uids_of(kubectl: Kubectl) -> set[str]:
    return {pod["metadata"]["uid"] for pod in kubectl.json("get", "pods")["items"]}


def real_deaths(witness: WitnessLog, uids: set[str]) -> Counter[Container]:
    return Counter((end["uid"], end["container"]) for end in witness.ends() if end["uid"] in uids)


def assert_counted(exporter: Exporter, witness: WitnessLog, uids: set[str], namespace: str) -> None:
    """The ledger, pod by pod, and the counters, in sum, are what containerd saw; no crash is recorded twice."""
    real = real_deaths(witness, uids)
    with suppress(AssertionError):  # what is missing then is told below, by its place
        wait_for("the last deaths are counted", lambda: exporter.terminations(namespace) >= real.total(), 10)
    counted = Counter({place: n for place, n in exporter.deaths().items() if place[0] in uids})
    wrong = (counted - real) + (real - counted)
    assert not wrong, "\n".join(_story(place, exporter, witness) for place in wrong)
    assert exporter.terminations(namespace) == real.total()
    ids = [i for i in exporter.crash_ids() if i]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {end["container_id"] for end in witness.ends()}


def _story(place: Container, exporter: Exporter, witness: WitnessLog) -> str:
    """What containerd saw of a pod one of whose containers is counted wrongly, and what the ledger has of it."""
    uid, container = place
    facts = [{key: value for key, value in fact.items() if key != "uid"} for fact in witness.facts(uid)]
    return "\n  ".join([f"{container} of {uid}: {exporter.ledger(uid)}", *map(str, facts)])
