"""Records as documents: both formats, their golden files, and the mapping that covers them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.delivery import ecs, legacy
from kubevigil.delivery.bulk import item_of
from kubevigil.delivery.documents import Documents, Format
from kubevigil.delivery.setup.mapping import MAPPINGS
from kubevigil.model.record import (
    CaptureResult,
    Record,
    RecordedContainer,
    RecordedLog,
    RecordedTermination,
    TerminationClass,
    Workload,
)
from kubevigil.store.index_day import index_day
from tests.unit.delivery.crashes import Waiting, crash
from tests.unit.delivery.memory import NOW, actions_in

GOLDEN = Path(__file__).parent / "golden"
BARE = Record(
    id="b2",
    cluster="prod",
    namespace="shop",
    pod="job-x",
    pod_uid="",
    node="",
    workload=Workload("Pod", "job-x"),
    container=RecordedContainer(name="app", type="app"),
    termination=RecordedTermination(class_=TerminationClass.ERROR, observed_at="2026-11-21T10:00:06.250Z"),
)
OOM = crash(
    "c3",
    class_=TerminationClass.OOM,
    reason="OOMKilled",
    exit_code=137,
    signal="SIGKILL",
    message="first\nlast words\n\n",
)
CASES = {"full": crash(), "bare": BARE, "oom": OOM}


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("format_", list(Format))
def test_each_document_is_byte_for_byte_what_was_agreed(name: str, format_: Format) -> None:
    item = Documents(format_, "k8s-crash-monitor-").item(Waiting(CASES[name]))
    golden = (GOLDEN / f"{name}-{format_}.ndjson").read_bytes()
    assert item.lines == golden


def test_the_legacy_document_has_the_eight_fields_in_their_order_and_types() -> None:
    document = legacy.document(crash())
    assert list(document) == [
        "namespace",
        "pod_name",
        "container_name",
        "created_at",
        "cluster_name",
        "logs",
        "restart_count",
        "termination_state",
    ]
    assert type(document["created_at"]) is int
    assert document["created_at"] == 1_795_255_205_000
    assert document["termination_state"] == (
        "&ContainerStateTerminated{ExitCode:1,Signal:0,Reason:Error,Message:,"
        "StartedAt:2026-11-21 10:00:00 +0000 UTC,FinishedAt:2026-11-21 10:00:05 +0000 UTC,"
        "ContainerID:containerd://0123abcd,}"
    )


def test_an_end_without_details_is_not_available_to_the_legacy_format() -> None:
    assert legacy.document(BARE)["termination_state"] == "Not Available"
    exited = legacy.document(crash(class_=TerminationClass.EXITED, exit_code=0))
    assert "ExitCode:0," in exited["termination_state"]


def test_moments_that_kubernetes_does_not_know_are_gos_zero_time() -> None:
    state = legacy.document(crash(started_at=None))["termination_state"]
    assert "StartedAt:0001-01-01 00:00:00 +0000 UTC,FinishedAt:2026" in state


def test_what_is_not_known_is_left_out_and_what_is_nought_is_not() -> None:
    bare = ecs.document(BARE)
    assert "process" not in bare
    assert "message" not in bare
    assert "log" not in bare["kubevigil"]
    exited = ecs.document(crash(class_=TerminationClass.EXITED, exit_code=0))
    assert exited["process"] == {"exit_code": 0}
    assert exited["kubevigil"]["log"]["dropped"] is False


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("Deployment", "deployment"),
        ("StatefulSet", "statefulset"),
        ("DaemonSet", "daemonset"),
        ("CronJob", "cronjob"),
        ("Job", "job"),
        ("ReplicaSet", "replicaset"),
    ],
)
def test_a_workload_has_the_field_that_kubernetes_metadata_has_for_its_kind(kind: str, field: str) -> None:
    record = msgspec.structs.replace(crash(), workload=Workload(kind, "web"))
    assert ecs.document(record)["kubernetes"][field] == {"name": "web"}


def test_a_kind_that_anybody_may_have_invented_makes_no_field() -> None:
    record = msgspec.structs.replace(crash(), workload=Workload("Namespace", "web"))
    assert ecs.document(record)["kubernetes"]["namespace"] == "shop"
    record = msgspec.structs.replace(crash(), workload=Workload("Rollout", "web"))
    document = ecs.document(record)
    assert "rollout" not in document["kubernetes"]
    assert document["kubevigil"]["workload"] == {"kind": "Rollout", "name": "web"}


def test_the_error_is_the_last_line_of_the_termination_message_else_of_the_log() -> None:
    assert ecs.document(OOM)["error"] == {"message": "last words"}
    assert ecs.document(crash())["error"] == {"message": "panic: no more"}
    assert "error" not in ecs.document(crash(text=" \n\n"))
    assert len(ecs.document(crash(text="x" * 5_000))["error"]["message"]) == 1_024


@pytest.mark.parametrize(
    ("class_", "action", "outcome"),
    [
        (TerminationClass.ERROR, "container-crashed", "failure"),
        (TerminationClass.EXITED, "container-crashed", "failure"),
        (TerminationClass.COMPLETED, "container-ended", "success"),
        (TerminationClass.GRACEFUL, "container-ended", "success"),
        (TerminationClass.EVICTED, "container-ended", "unknown"),
    ],
)
def test_the_outcome_tells_crashes_from_wanted_ends(class_: TerminationClass, action: str, outcome: str) -> None:
    event = ecs.document(crash(class_=class_))["event"]
    assert (event["action"], event["outcome"]) == (action, outcome)


def test_how_long_it_ran_is_in_nanoseconds() -> None:
    assert ecs.document(crash())["event"]["duration"] == 5_000_000_000


@pytest.mark.parametrize(
    "termination",
    [
        {"started_at": "1970-01-01T00:00:00Z"},
        {"started_at": None},
        {"finished_at": None},
        {"finished_at": "2026-11-21T10:00:07Z"},
        {"finished_at": "nonsense"},
        {"started_at": "2026-11-21T10:00:06Z"},
    ],
    ids=["start 1970", "no start", "no end", "end in the future", "no moment", "end before start"],
)
def test_moments_that_cannot_be_make_no_duration(termination: dict[str, Any]) -> None:
    assert "duration" not in ecs.document(crash(**termination))["event"]


def test_what_was_never_believed_is_dated_by_when_it_was_seen() -> None:
    document = ecs.document(crash(finished_at="2027-11-21T10:00:05Z"))
    assert document["@timestamp"] == document["event"]["created"] == "2026-11-21T10:00:06.250Z"
    assert "end" not in document["event"]


_moments = st.none() | st.datetimes(datetime(1969, 12, 30), datetime(2027, 3, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  hypothesis wants them so
    lambda moment: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
)


@given(_moments, _moments, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_documents_moment_lies_in_the_day_of_its_index(
    started: str | None, finished: str | None, observed: datetime
) -> None:
    record = crash(started_at=started, finished_at=finished, observed_at=observed.isoformat(timespec="milliseconds"))
    day = index_day(record, NOW)
    assert ecs.document(record)["@timestamp"][:10] == day
    created = legacy.document(record)["created_at"]
    assert datetime.fromtimestamp(created / 1_000, UTC).date().isoformat() == day


def _leaves(document: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                yield from _leaves(one, (*path, name))
        else:
            yield (*path, name), value


_PYTHON_TYPES = {"keyword": str, "text": str, "long": int, "boolean": bool}


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("make", [ecs.document, legacy.document])
def test_every_field_of_both_formats_is_mapped_to_its_type(name: str, make: Any) -> None:
    for path, value in _leaves(make(CASES[name])):
        mapping: Any = MAPPINGS
        for part in path:
            mapping = mapping["properties"][part]
        values = value if isinstance(value, list) else [value]
        expected = _PYTHON_TYPES.get(mapping["type"])
        assert all(expected is None or type(one) is expected for one in values), path
        assert mapping["type"] != "date" or all(isinstance(one, str | int) for one in values), path


def test_a_field_that_is_a_name_to_one_format_is_no_object_to_the_other() -> None:
    ours = {path[0] for name in CASES for path, _ in _leaves(ecs.document(CASES[name]))}
    theirs = set(legacy.document(crash()))
    assert not ours & theirs


def test_a_crash_without_a_log_says_why() -> None:
    record = msgspec.structs.replace(crash(), log=RecordedLog(CaptureResult.GONE))
    document = ecs.document(record)
    assert "message" not in document
    assert document["kubevigil"]["log"] == {"result": "gone", "bytes": 0, "truncated": False, "dropped": False}
    assert legacy.document(record)["logs"] == ""


@given(st.text(st.characters(), max_size=300), st.sampled_from(list(Format)))
def test_whatever_was_printed_is_one_document_under_its_own_id(text: str, format_: Format) -> None:
    item = Documents(format_, "x-").item(Waiting(crash(text=text, message=text)))
    [(action, document)] = actions_in(item.lines)
    assert action == {"_index": "x-2026.11.21", "_id": "a1"}
    text_of = document.get("message", "") if format_ is Format.ECS else document["logs"]
    assert text_of == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_a_document_is_the_same_however_often_it_is_made() -> None:
    documents = Documents(Format.ECS, "x-")
    first, second = documents.item(Waiting(crash())), documents.item(Waiting(crash(), attempts=7))
    assert first.lines == second.lines
    assert second.attempts == 7


def test_a_type_is_named_only_where_it_is_asked_for() -> None:
    [(action, _)] = actions_in(item_of("a", "i", {}, doc_type="_doc").lines)
    assert action["_type"] == "_doc"


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        item_of("a", "i", {"x": float("nan")})


def test_the_golden_files_are_json_lines() -> None:
    for file in sorted(GOLDEN.iterdir()):
        assert all(json.loads(line) for line in file.read_text().splitlines()), file
