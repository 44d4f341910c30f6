"""The recorder's pure parts: events and status files folded into facts, recordings made small and anonymous."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from testbed.recorder.anonymise import Hashes, pruned
from testbed.recorder.truth import EventLine, Fact, Owner, OwnerUnknownError, Status, Truth, parse_event

from kubevigil.model.pod import Pod

OWNER = Owner("uid-1", "app", "shop", "web-0")
FIRST, SECOND, SANDBOX = "1" * 64, "2" * 64, "3" * 64


class Runtime:
    """What the truth asks the runtime: whose a container is, and what its status file says."""

    def __init__(self) -> None:
        self.owners: dict[str, Owner | None] = {FIRST: OWNER, SECOND: OWNER, SANDBOX: None}
        self.files: dict[str, Status] = {}

    def owner_of(self, container_id: str) -> Owner | None:
        if container_id not in self.owners:
            raise OwnerUnknownError(container_id)
        return self.owners[container_id]

    def truth(self) -> Truth:
        return Truth(self.owner_of, self.files.get)


def event(topic: str, container_id: str, at: float = 10.0, process_id: str = "", code: int | None = None) -> EventLine:
    return EventLine(at, topic, container_id, process_id or container_id, code)


def told(facts: list[Fact]) -> list[tuple[str, str, int | None]]:
    return [(fact.kind, fact.container_id, fact.exit_code) for fact in facts]


LIFE = (
    event("/containers/create", FIRST),
    event("/tasks/start", FIRST),
    event("/tasks/exit", FIRST, code=3),
    event("/containers/create", SECOND),
    event("/tasks/start", SECOND),
    event("/tasks/exit", SECOND, code=4),
)


def test_an_exit_line_of_the_runtime_is_read_with_the_moment_of_the_exit() -> None:
    payload = {"container_id": FIRST, "id": FIRST, "exit_status": 3, "exited_at": "2026-01-02T03:04:05.123456789Z"}
    line = f"2026-01-02 03:04:06.5 +0000 UTC k8s.io /tasks/exit {json.dumps(payload)}\n"
    read = parse_event(line)
    assert read is not None
    assert (read.topic, read.container_id, read.exit_code) == ("/tasks/exit", FIRST, 3)
    assert abs(read.at - 1767323045.123457) < 1e-5


def test_a_line_that_is_no_event_is_passed_over() -> None:
    assert parse_event("ctr: connection refused\n") is None


def test_a_life_is_told_in_order() -> None:
    truth = Runtime().truth()
    facts = [fact for line in LIFE[:3] for fact in truth.observe(line)]
    assert told(facts) == [("created", FIRST, None), ("started", FIRST, None), ("exit", FIRST, 3)]


def test_a_sandbox_and_a_probe_end_nothing() -> None:
    truth = Runtime().truth()
    lines = [
        event("/tasks/exit", SANDBOX, code=137),
        *LIFE[:2],
        event("/tasks/exit", FIRST, process_id="probe", code=1),
    ]
    assert "exit" not in [fact.kind for line in lines for fact in truth.observe(line)]
    assert truth.unattributed == 0


def test_an_exit_that_nobody_heard_is_read_from_the_status_file_once() -> None:
    runtime = Runtime()
    truth = runtime.truth()
    for line in LIFE[:2]:
        list(truth.observe(line))
    runtime.files[FIRST] = Status(11.0, 12.0, 3)
    assert told(list(truth.reconcile([FIRST], 13.0))) == [("exit", FIRST, 3)]
    assert list(truth.reconcile([FIRST], 14.0)) == []
    assert list(truth.observe(LIFE[2])) == []


def test_a_container_whose_start_failed_never_started() -> None:
    runtime = Runtime()
    truth = runtime.truth()
    list(truth.observe(LIFE[0]))
    runtime.files[FIRST] = Status(0.0, 12.0, 128)
    assert told(list(truth.reconcile([], 13.0))) == [("created_never_started", FIRST, 128)]


def test_a_container_that_was_given_up_for_another_never_started() -> None:
    truth = Runtime().truth()
    facts = [fact for line in (LIFE[0], LIFE[3]) for fact in truth.observe(line)]
    assert told(facts)[1:] == [("created_never_started", FIRST, None), ("created", SECOND, None)]


def test_a_container_that_cannot_be_asked_for_yet_is_asked_for_again() -> None:
    runtime = Runtime()
    del runtime.owners[FIRST]
    truth = runtime.truth()
    assert list(truth.reconcile([FIRST], 1.0)) == []
    runtime.owners[FIRST] = OWNER
    assert told(list(truth.observe(LIFE[2]))) == [("created", FIRST, None), ("exit", FIRST, 3)]


def test_an_exit_of_which_nobody_knows_whose_it_was_is_counted() -> None:
    runtime = Runtime()
    runtime.owners.clear()
    truth = runtime.truth()
    list(truth.observe(LIFE[2]))
    assert truth.unattributed == 1


@given(heard=st.lists(st.booleans(), min_size=6, max_size=6), late=st.booleans())
def test_whatever_events_are_lost_each_end_is_told_at_most_once_and_never_missed(
    heard: list[bool], *, late: bool
) -> None:
    runtime = Runtime()
    truth = runtime.truth()
    facts: list[Fact] = []
    for line, is_heard in zip(LIFE, heard, strict=True):
        if line.topic == "/tasks/exit":
            runtime.files[line.container_id] = Status(line.at, line.at + 1, line.exit_code or 0)
        if is_heard:
            facts += truth.observe(line)
        if late:
            facts += truth.reconcile(list(runtime.files), line.at)
    facts += truth.reconcile(list(runtime.files), 20.0)
    assert sorted(told([fact for fact in facts if fact.kind == "exit"])) == [("exit", FIRST, 3), ("exit", SECOND, 4)]
    assert "created_never_started" not in [fact.kind for fact in facts]


POD: dict[str, Any] = {
    "metadata": {
        "name": "web-0",
        "uid": "u",
        "labels": {"app": "web", "pod-template-hash": "5d"},
        "managedFields": [{}],
    },
    "spec": {"containers": [{"name": "app", "env": [{"name": "TOKEN", "value": "secret"}]}], "volumes": []},
    "status": {
        "phase": "Running",
        "podIP": "10.0.0.7",
        "containerStatuses": [{"name": "app", "restartCount": 1, "state": {"terminated": {"startedAt": None}}}],
    },
}


def test_a_pruned_pod_has_what_kubevigil_reads_and_nothing_else() -> None:
    small = pruned(POD, Pod)
    assert msgspec.convert(small, Pod) == msgspec.convert(POD, Pod)
    assert small["metadata"] == {"name": "web-0", "uid": "u", "labels": {"pod-template-hash": "5d"}}
    assert small["spec"] == {"containers": [{"name": "app"}]}
    assert small["status"]["containerStatuses"][0]["state"] == {"terminated": {"startedAt": None}}


@given(st.binary(min_size=1, max_size=8), st.uuids())
def test_an_identifier_becomes_the_same_other_one_wherever_it_stands(salt: bytes, uid: object) -> None:
    hashes = Hashes(salt)
    alone, within = hashes.text(str(uid).encode()), hashes.text(f"pod=web-0_shop({uid}) {'a' * 64}".encode())
    assert alone in within
    assert str(uid).encode() not in within
    assert b"a" * 64 not in within
    assert len(alone) == len(str(uid))
