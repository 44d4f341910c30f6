"""HealthChecks made to do harm: each is marked for what it is and told of once, and the others run on, slot by slot."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from kubevigil.healthchecks.resources import HealthCheckObject, Meta
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import INVALID
from kubevigil.healthchecks.writing import CHECKS
from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import KubeError
from kubevigil.kube.writing import Writer, encoded
from kubevigil.model.clock import seconds_of
from tests.chart.apiserver import ApiServer, as_json
from tests.cluster.cluster import wait_for
from tests.conftest import Tell

from .checks_hostile import OPEN, SCHEDULES, STATUSES, TEMPLATES, specs_with_a_wrong_field
from .checks_stage import Stage, frequent, path_of
from .test_healthchecks import OURS, known, looked_after

__all__ = ["known"]
pytestmark = pytest.mark.timeout(300)

Object = dict[str, Any]
STEADY_SECONDS = 5
STEADY_RUNS = 4
LARGE = 1_000_000
"""Characters of a template that is good."""
NO_SPECS: tuple[Any, ...] = ("text", [1], 7, True, None, {})
ENDS = ("Succeeded", "Failed")


@pytest.fixture
def stage(known: ApiServer, connection: Connection, namespace: str) -> Iterator[Stage]:
    del known  # which knows checks and workflows now
    with Stage(connection, [namespace], seed=1) as stage:
        yield stage


@pytest.fixture
def takes_all(known: ApiServer, connection: Connection, namespace: str) -> Iterator[None]:
    """A server that takes HealthChecks of any shape, until the test is over."""
    known.kubectl("replace", "--filename=-", stdin=as_json([OPEN]))
    odd = {"metadata": {"name": "odd"}, "spec": [], "apiVersion": CHECKS.removeprefix("/apis/"), "kind": "HealthCheck"}
    collection = f"{CHECKS}/namespaces/{namespace}/healthchecks"

    def taken() -> bool:
        try:
            return bool(connection.post(f"{collection}?dryRun=All", encoded(odd)))
        except KubeError:
            return False

    wait_for("it takes all", taken)
    yield
    connection.delete(collection)
    known.kubectl("apply", "--server-side", "--force-conflicts", f"--filename={OURS}")


@contextmanager
def steady(stage: Stage, connection: Connection, namespace: str) -> Iterator[None]:
    """A good check beside what the block puts in; it must have run in each of its slots until then, and go on."""
    meta = stage.put(frequent(namespace, "steady", STEADY_SECONDS))
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
        wait_for("it began", lambda: slots(stage, meta))
        yield
        last = max(slots(stage, meta))
        wait_for("it runs on", lambda: max(slots(stage, meta)) >= max(last + 2, STEADY_RUNS))
    found = sorted(slots(stage, meta))
    assert found == list(range(found[0], found[-1] + 1)), f"slots were left out: {found}"


def slots(stage: Stage, meta: Meta) -> set[int]:
    """The numbers of the slots in which runs of a check began."""
    created = seconds_of(meta.creation_timestamp or "") or 0
    moments = (seconds_of(str(raw.get("startedAt"))) for raw in stage.histories.get(meta.uid, []))
    return {int((moment - created) // STEADY_SECONDS) for moment in moments if moment is not None}


def statuses(stage: Stage) -> dict[str, Object]:
    return {one.metadata.name: one.status for one in stage.checks() if isinstance(one.status, dict)}


def until_all(stage: Stage, names: Iterable[str], done: Callable[[Object], object]) -> None:
    """Waits until the status of each of these checks is so; fails with the names of the others."""
    left = set(names)

    def none_left() -> bool:
        found = statuses(stage)
        left.difference_update([name for name in left if done(found.get(name, {}))])
        return not left

    try:
        wait_for("each is at its end", none_left, 120)
    except AssertionError as error:
        raise AssertionError(f"{error}: {sorted(left)}") from None


def events(connection: Connection, namespace: str) -> Mapping[str, Counter[str]]:
    """How often each reason was told, by a check's name; one Event of count 2 is two."""
    told: dict[str, Counter[str]] = {}
    for event in connection.get_json(f"/api/v1/namespaces/{namespace}/events", Object)["items"]:
        told.setdefault(event["involvedObject"]["name"], Counter())[event["reason"]] += event["count"]
    return told


def test_templates_that_are_bombs_are_refused_and_the_others_run_on(
    connection: Connection, stage: Stage, namespace: str, tell: Tell
) -> None:
    with steady(stage, connection, namespace):
        for name, (text, _) in TEMPLATES.items():
            check = frequent(namespace, name, STEADY_SECONDS)
            check["spec"]["workflow"]["resource"]["source"] = {"inline": text}
            stage.put(check)
        large = frequent(namespace, "large", 3600)
        large["spec"]["workflow"]["resource"]["source"] = {"inline": f"spec: {{args: '{'x' * LARGE}'}}"}
        stage.put(large)
        until_all(stage, TEMPLATES, lambda found: found.get("failedCount"))
        until_all(stage, ["large"], lambda found: found.get("totalHealthCheckRuns"))
        assert "WorkflowRefused" not in events(connection, namespace)["large"]
    for name, (_, words) in TEMPLATES.items():
        found = statuses(stage)[name]
        assert found["status"] == "Failed"
        assert re.search(words, found["errorMessage"]), (name, found["errorMessage"])
    told = events(connection, namespace)  # equal ones are counted in one Event
    assert {name: set(told[name]) for name in TEMPLATES} == {name: {"WorkflowRefused"} for name in TEMPLATES}
    tell(templates=len(TEMPLATES), refused=sum(statuses(stage)[name]["failedCount"] for name in TEMPLATES))


def test_checks_with_odd_names_run_and_are_told_of(connection: Connection, stage: Stage, namespace: str) -> None:
    names = ["0", "a.b-c.d", "x" * 253, "1." * 126 + "1", "xn--80ak6aa92e"]
    with steady(stage, connection, namespace):
        for name in names:
            check = frequent(namespace, name, 3600)
            check["spec"]["workflow"]["generateName"] = f"{name[:200]}-".replace(".-", "-")
            stage.put(check)
        until_all(stage, names, lambda found: found.get("totalHealthCheckRuns"))
    told = events(connection, namespace)
    assert {name: sum(told[name].values()) for name in names} == dict.fromkeys(names, 1)


@pytest.mark.usefixtures("takes_all")
def test_a_wrong_type_in_any_field_makes_a_check_invalid_once_and_the_others_run_on(
    connection: Connection, stage: Stage, namespace: str, tell: Tell
) -> None:
    specs: dict[str, Any] = {f"w-{number}": spec for number, (_, spec) in enumerate(specs_with_a_wrong_field())}
    specs |= {f"odd-{number}": spec for number, spec in enumerate(NO_SPECS)}
    specs |= {
        f"cron-{number}": frequent(namespace, "c")["spec"] | {"repeatAfterSec": 0, "schedule": {"cron": cron}}
        for number, cron in enumerate(SCHEDULES)
    }
    with steady(stage, connection, namespace):
        for name, spec in specs.items():
            put(stage, namespace, name, spec)
        at_once = [name for name in specs if not name.startswith("cron")]  # of the others some wait for their slot
        until_all(stage, at_once, lambda found: found.get("status"))
    told, invalid = events(connection, namespace), {name for name, spec in specs.items() if judge(spec).spec is None}
    for name in invalid:
        found = statuses(stage)[name]
        assert (found["status"], found["errorMessage"].startswith(INVALID)) == ("Failed", True), (specs[name], found)
        assert told[name] == {"Invalid": 1}, (specs[name], told[name])
    tell(checks=len(specs), invalid=len(invalid))
    assert len(invalid) > len(specs) / 2


def put(stage: Stage, namespace: str, name: str, spec: object) -> Meta:
    """Makes a check of any spec."""
    made: Object = {"apiVersion": CHECKS.removeprefix("/apis/"), "kind": "HealthCheck", "metadata": {"name": name}}
    if spec is not None:
        made["spec"] = spec
    return stage.writer.create(f"{CHECKS}/namespaces/{namespace}/healthchecks", made, HealthCheckObject).metadata


@pytest.mark.usefixtures("takes_all")
def test_whatever_a_status_says_the_check_runs_or_is_told_about_and_the_others_run_on(
    connection: Connection, stage: Stage, namespace: str
) -> None:
    writer = Writer(connection)
    with steady(stage, connection, namespace):
        for name, hostile in STATUSES.items():
            check = frequent(namespace, name, 2)
            meta = put(stage, namespace, name, check["spec"])
            writer.merge(path_of(meta) + "/status", {"status": hostile}, HealthCheckObject)
        until_all(stage, STATUSES, lambda found: found.get("finishedAt") and found.get("status") in ENDS)


def test_counts_at_the_end_of_what_the_api_holds_do_not_hold_a_check_up(stage: Stage, namespace: str) -> None:
    most = 2**63 - 1
    meta = stage.put(frequent(namespace, "full", 1))
    counts = {"successCount": most, "failedCount": most, "totalHealthCheckRuns": most}
    stage.writer.merge(path_of(meta) + "/status", {"status": counts}, HealthCheckObject)
    with looked_after(stage.connection, f"{namespace}/lease", namespaces=(namespace,)):
        until_all(stage, ["full"], lambda found: found.get("finishedAt"))
        runs = stage.runs()
        wait_for("it runs on", lambda: stage.runs() > runs)
