"""Where to ask for a dead instance's log."""

from typing import Any

import msgspec
import pytest

from kubevigil.crashes.pod_now import PodNow, decode_pod
from kubevigil.crashes.slot import Slot, slot_of
from kubevigil.kube.errors import Undecodable
from kubevigil.model.record import Resources

KINDS = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
DEAD = "containerd://dead"


def ended(container_id: str = DEAD) -> dict[str, Any]:
    return {"terminated": {"exitCode": 1, "containerID": container_id}}


def pod(*, kind: str = KINDS[0], uid: str = "u", **status: Any) -> PodNow:
    statuses = [{"name": "other", "state": ended("containerd://x")}, {"name": "app", **status}]
    return decode_pod(msgspec.json.encode({"metadata": {"uid": uid}, "status": {kind: statuses}}))


def slot(read: PodNow | None, container_id: str = DEAD) -> Slot:
    return slot_of(read, uid="u", container="app", container_id=container_id)


@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_of_container_the_newest_instance_is_asked_without_previous(kind: str) -> None:
    assert slot(pod(kind=kind, state=ended())) is Slot.CURRENT
    assert slot(pod(kind=kind, state=ended(), lastState=ended("containerd://older"))) is Slot.CURRENT


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", [{"running": {}}, {"waiting": {"reason": "CrashLoopBackOff"}}, ended("x"), {}, None])
def test_of_every_kind_of_container_the_one_before_is_asked_with_previous(kind: str, state: Any) -> None:
    assert slot(pod(kind=kind, state=state, lastState=ended())) is Slot.PREVIOUS


@pytest.mark.parametrize("last", [None, {}, ended("containerd://other")])
@pytest.mark.parametrize("state", [{"running": {}}, {"waiting": {}}, ended("containerd://next"), {}, None])
def test_an_instance_that_the_pod_shows_no_more_is_superseded(state: Any, last: Any) -> None:
    assert slot(pod(state=state, lastState=last)) is Slot.SUPERSEDED


def test_a_living_instance_is_not_the_dead_one_even_with_its_id() -> None:
    assert slot(pod(state={"running": {}}, containerID=DEAD)) is Slot.SUPERSEDED


def test_no_pod_another_pod_or_no_status_is_gone() -> None:
    assert slot(None) is Slot.GONE
    assert slot(pod(uid="recreated", state=ended())) is Slot.GONE
    assert slot(decode_pod(b'{"metadata":{"uid":"u"},"status":{}}')) is Slot.GONE
    assert slot_of(pod(state=ended()), uid="u", container="none", container_id=DEAD) is Slot.GONE


def test_a_death_without_an_identity_fits_no_instance() -> None:
    assert slot(pod(state=ended("")), container_id="") is Slot.GONE


def test_limits_and_the_annotation_are_read_and_numbers_do_no_harm() -> None:
    body = {
        "metadata": {"uid": "u", "annotations": {"kubevigil.io/redaction": "off", "other": "x"}},
        "spec": {
            "containers": [{"name": "app", "resources": {"limits": {"memory": "64Mi", "cpu": 1, "gpu": "2"}}}],
            "initContainers": [{"name": "init", "resources": None}],
        },
    }
    read = decode_pod(msgspec.json.encode(body))
    assert read.redaction == "off"
    assert read.resources_of("app") == Resources(cpu_limit="1", memory_limit="64Mi")
    assert read.resources_of("init") == Resources()
    assert read.resources_of("none") is None
    assert decode_pod(b'{"metadata":{"annotations":null}}').redaction == ""


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"metadata":5}', b'{"status":{"containerStatuses":[{}]}}'])
def test_what_is_no_pod_is_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable, match="GET pod"):
        decode_pod(body)
