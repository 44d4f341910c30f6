"""Crash logs over real HTTP: the log of the instance that died, or why there is none; never another's."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from kubevigil.crashes.api_source import BRAKE, LEAD, TEXT_LIMIT, ApiSource
from kubevigil.demo import faults
from kubevigil.demo.access import Allow
from kubevigil.demo.faults import Pause, Pieces, Send
from kubevigil.demo.plan import ContainerPlan, PodPlan, PodRef, Role
from kubevigil.kube.connection import connect
from kubevigil.kube.errors import Interrupted
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model.record import CaptureResult, RecordedLog, Resources

from .capturing import SECONDS, Capture, Doing, capturing, pod_reads


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[Capture]:
    with capturing(tmp_path) as it:
        yield it


def told(log: RecordedLog) -> tuple[str, str]:
    return log.result.value, log.text


def test_the_newest_instance_is_asked_without_previous_by_tail_and_stamps(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["one", "LAST"])
    got = capture.gather(dead)
    assert told(got.evidence.log) == ("ok", "one\nLAST\n")
    assert (got.evidence.log.truncated, got.why) == (False, "")
    assert capture.logs_asked() == [
        {"container": "app", "tailLines": "2000", "timestamps": "true", "limitBytes": str(BRAKE)}
    ]


def test_the_instance_before_is_asked_with_previous(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.restart(ref, "another's")
    assert told(capture.gather(dead).evidence.log) == ("ok", "own\n")
    assert [query["previous"] for query in capture.logs_asked()] == ["true"]


def test_in_back_off_the_dead_instance_is_asked_with_previous(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.cluster.world.back_off(ref, "app")
    assert told(capture.gather(dead).evidence.log) == ("ok", "own\n")


def test_init_containers_and_sidecars_are_read_too(capture: Capture) -> None:
    world = capture.cluster.world
    plans = (ContainerPlan("init", role=Role.INIT), ContainerPlan("side", role=Role.SIDECAR), ContainerPlan("app"))
    ref = world.create(PodPlan(PodRef("shop", "a"), plans), started=False)
    world.run(ref, "init")
    assert told(capture.gather(capture.crash(ref, ["no"], container="init")).evidence.log) == ("ok", "no\n")
    world.run(ref, "side")
    assert told(capture.gather(capture.crash(ref, ["side"], container="side")).evidence.log) == ("ok", "side\n")


def test_a_second_crash_before_the_fetch_is_superseded(capture: Capture) -> None:
    ref = capture.pod()
    first = capture.crash(ref, ["first"])
    capture.restart(ref, after=1)
    second = capture.crash(ref, ["second"])
    capture.restart(ref, "third", after=1)
    assert told(capture.gather(first).evidence.log) == ("superseded", "")
    assert capture.logs_asked() == []
    assert told(capture.gather(second).evidence.log) == ("ok", "second\n")


def test_a_restart_between_the_reading_and_the_log_is_found_by_the_second_reading_and_asked_again(
    capture: Capture,
) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.cluster.faults.add(Doing(lambda: capture.restart(ref, "another's"), when=faults.logs))
    assert told(capture.gather(dead).evidence.log) == ("ok", "own\n")
    assert [query.get("previous") for query in capture.logs_asked()] == [None, "true"]


@pytest.mark.parametrize(("crashes", "result"), [(1, "gone"), (2, "superseded")])
def test_crashes_between_the_reading_and_the_log_take_it_away_and_lend_none(
    capture: Capture, crashes: int, result: str
) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])

    def again() -> None:
        for _ in range(crashes):
            capture.restart(ref)
            capture.crash(ref, ["another's"])

    capture.cluster.faults.add(Doing(again, when=faults.logs))
    assert told(capture.gather(dead).evidence.log) == (result, "")


def test_an_empty_body_of_the_next_instance_is_not_called_empty(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.cluster.faults.add(Doing(lambda: capture.restart(ref), when=faults.logs))
    assert told(capture.gather(dead).evidence.log) == ("ok", "own\n")


def test_an_instance_that_printed_nothing_is_empty_once_confirmed(capture: Capture) -> None:
    dead = capture.crash(capture.pod())
    assert told(capture.gather(dead).evidence.log) == ("empty", "")
    assert [r.call.subresource for r in capture.cluster.requests() if r.call.resource == "pods"] == ["", "log", ""]


def test_lines_of_another_time_are_superseded_though_the_pod_shows_no_change(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.cluster.world.silence(ref)  # the kubelet is ahead of what it has reported
    capture.restart(ref, "another's", after=2)
    assert told(capture.gather(dead).evidence.log) == ("superseded", "")


def test_last_words_that_are_stamped_after_the_end_are_kept(capture: Capture) -> None:
    ref = capture.pod()
    capture.clock.now += 0.99
    dead = capture.crash(ref, ["own"])
    capture.clock.now += 0.028
    capture.cluster.world.log(ref, "app", "LAST")
    assert told(capture.gather(dead).evidence.log) == ("ok", "own\nLAST\n")


def test_an_error_text_with_200_is_gone(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.restart(ref, after=1)
    capture.cluster.world.silence(ref)
    capture.cluster.world.crash(ref, "app", log=["another's"])
    assert told(capture.gather(dead).evidence.log) == ("gone", "")
    assert [r.code for r in capture.cluster.requests() if r.call.subresource == "log"] == [200]


def test_previous_terminated_container_not_found_is_gone(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.restart(ref)
    gone = Doing(lambda: capture.cluster.world.forget_last(ref, "app"), when=faults.logs)
    capture.cluster.faults.add(gone)
    got = capture.gather(dead)
    assert (told(got.evidence.log), got.why) == (("gone", ""), "")
    assert [r.code for r in capture.cluster.requests() if r.call.subresource == "log"] == [400]


def test_a_pod_that_is_deleted_at_once_is_gone_and_keeps_its_events(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.cluster.world.delete(ref)
    capture.cluster.world.create_pod("a", "shop")
    got = capture.gather(dead)
    assert told(got.evidence.log) == ("gone", "")
    assert [event.reason for event in got.evidence.events] == ["Killing"]
    assert (got.evidence.resources, capture.logs_asked()) == (None, [])


def test_a_pod_that_is_deleted_after_the_log_is_gone_for_nothing_confirms_it(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.cluster.faults.add(Doing(lambda: capture.cluster.world.delete(ref), when=pod_reads, skip=1))
    got = capture.gather(dead)
    assert told(got.evidence.log) == ("gone", "")
    assert got.evidence.resources == Resources("50m", "", "256Mi", "256Mi")


def test_a_recreated_pod_of_the_same_name_lends_no_log(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])

    def recreate() -> None:
        capture.cluster.world.delete(ref)
        capture.cluster.world.create_pod("a", "shop")
        capture.crash(ref, ["another's"])

    capture.cluster.faults.add(Doing(recreate, when=faults.logs))
    assert told(capture.gather(dead).evidence.log) == ("gone", "")


def test_without_the_right_it_is_forbidden_and_says_which(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["own"])
    capture.cluster.access.rules = (Allow("get", "pods"),)
    got = capture.gather(dead)
    assert told(got.evidence.log) == ("forbidden", "")
    assert "get pods/log in namespace 'shop'" in got.why
    assert got.evidence.resources is not None


def test_without_the_right_to_events_there_are_just_none(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["own"])
    capture.cluster.world.tell(ref, "BackOff", "Back-off")
    assert [e.reason for e in capture.gather(dead).evidence.events] == ["BackOff"]
    capture.cluster.access.rules = (Allow("get", "pods"), Allow("get", "pods/log"))
    got = capture.gather(dead)
    assert (told(got.evidence.log), got.evidence.events, got.why) == (("ok", "own\n"), (), "")


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_failure_that_passes_is_tried_again(capture: Capture, code: int) -> None:
    dead = capture.crash(capture.pod(), ["own"])
    capture.cluster.faults.add(faults.failing(code, times=1, when=faults.logs))
    capture.cluster.faults.add(faults.failing(code, times=1, when=pod_reads))
    capture.cluster.faults.add(faults.reset(times=1, when=faults.logs))
    assert told(capture.gather(dead).evidence.log) == ("ok", "own\n")


def test_a_404_for_a_log_whose_pod_is_there_is_asked_again_as_of_a_restarted_kubelet(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["last words"])
    capture.cluster.faults.add(faults.failing(404, when=faults.logs, times=2))
    assert capture.gather(dead).evidence.log.text == "last words\n"


def test_a_404_for_a_log_that_stays_is_a_timeout(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["last words"])
    capture.cluster.faults.add(faults.failing(404, when=faults.logs))
    got = capture.gather(dead, seconds=3)
    assert got.evidence.log.result is CaptureResult.TIMEOUT
    assert "404" in got.why


def test_a_404_for_the_log_of_a_pod_that_has_gone_meanwhile_is_gone(capture: Capture) -> None:
    ref = capture.pod()
    dead = capture.crash(ref, ["last words"])
    capture.cluster.faults.add(Doing(lambda: capture.cluster.world.delete(ref), when=faults.logs))
    assert capture.gather(dead, seconds=30).evidence.log.result is CaptureResult.GONE


def test_a_retry_after_beyond_the_deadline_is_a_timeout_at_once(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["own"])
    capture.cluster.faults.add(faults.failing(429, retry_after=600, when=faults.logs))
    got = capture.gather(dead, seconds=300)
    assert told(got.evidence.log) == ("timeout", "")
    assert "600 s" in got.why
    assert got.evidence.resources is not None


def test_a_server_that_is_silent_is_a_timeout(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["own"])
    capture.cluster.faults.add(faults.black_hole(when=faults.logs))
    assert told(capture.gather(dead, seconds=0.5).evidence.log) == ("timeout", "")


def test_a_slow_drip_ends_at_the_deadline(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["x" * 10_000])

    def drip(data: bytes) -> list[faults.Step]:
        return [step for byte in data for step in (Send(bytes([byte])), Pause(0.02))]

    capture.cluster.faults.add(Pieces(drip, when=faults.logs))
    assert told(capture.gather(dead, seconds=0.5).evidence.log) == ("timeout", "")


def test_an_answer_that_breaks_off_is_asked_for_again_and_not_taken_for_the_whole(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["one", "LAST"])
    capture.cluster.faults.add(faults.cut(40, when=faults.logs))
    assert told(capture.gather(dead).evidence.log) == ("ok", "one\nLAST\n")


def test_where_the_brake_bites_a_tenth_of_the_lines_is_asked_for_and_the_last_words_are_there(
    capture: Capture,
) -> None:
    dead = capture.crash(capture.pod(), [f"{n} " + "x" * 10_000 for n in range(2_500)] + ["LAST"])
    got = capture.gather(dead)
    log = got.evidence.log
    assert [query["tailLines"] for query in capture.logs_asked()] == ["2000", "200"]
    assert log.text.endswith("x\nLAST\n")
    assert log.truncated
    assert (len(log.text), got.lead) == (TEXT_LIMIT + LEAD, LEAD)  # what leads is for the redaction only


def test_a_line_longer_than_the_brake_is_read_without_it(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["first", "x" * (BRAKE + 1000) + "LAST"])
    log = capture.gather(dead).evidence.log
    asked = capture.logs_asked()
    assert [query["tailLines"] for query in asked] == ["2000", "200", "20", "2", "1"]
    assert "limitBytes" not in asked[-1]
    assert log.text.endswith("xLAST\n")
    assert log.truncated


def test_ten_megabytes_in_one_line_keep_their_end(capture: Capture) -> None:
    log = capture.gather(capture.crash(capture.pod(), ["x" * (10 << 20) + "LAST"])).evidence.log
    assert (log.result.value, log.truncated, log.text[-6:]) == ("ok", True, "xLAST\n")


def test_two_thousand_lines_are_a_tail_and_one_less_is_all(capture: Capture) -> None:
    full = capture.gather(capture.crash(capture.pod("a"), [str(n) for n in range(2_000)])).evidence.log
    whole = capture.gather(capture.crash(capture.pod("b"), [str(n) for n in range(1_999)])).evidence.log
    assert (full.truncated, whole.truncated) == (True, False)


def test_binary_output_is_kept_as_text_without_controls(capture: Capture) -> None:
    noise = bytes(n for n in range(256) if n != 10).decode("utf-8", "surrogateescape")
    log = capture.gather(capture.crash(capture.pod(), [noise, "\x1b[31mLAST\x1b[0m"])).evidence.log
    assert log.text.endswith("\nLAST\n")
    assert all(c >= " " or c in "\n\t" for c in log.text)
    log.text.encode()


def test_limits_events_and_the_annotation_come_with_the_log(capture: Capture) -> None:
    plan = PodPlan(PodRef("shop", "a"), annotations={"kubevigil.io/redaction": "off"})
    ref = capture.cluster.world.create(plan)
    dead = capture.crash(ref, ["own"])
    capture.clock.now += 1
    capture.cluster.world.back_off(ref, "app")
    other = capture.pod("b")
    capture.cluster.world.tell(other, "Unhealthy", "another pod's")
    got = capture.gather(dead)
    assert got.redaction == "off"
    assert got.evidence.resources == Resources("50m", "", "256Mi", "256Mi")
    (event,) = got.evidence.events
    assert (event.type, event.reason, event.source) == ("Warning", "BackOff", "kubelet")
    assert event.message == "Back-off restarting failed container app in pod a"


@pytest.mark.parametrize("body", [b"<html>", b'{"metadata":7}', b'{"items":[]}', b"\xff\x00"])
def test_a_stranger_s_answer_is_an_error_or_no_such_pod_and_never_raises(capture: Capture, body: bytes) -> None:
    dead = capture.crash(capture.pod(), ["own"])
    capture.cluster.faults.add(Pieces(lambda _: [Send(body.ljust(len(_)))], when=pod_reads, times=None))
    got = capture.gather(dead)
    assert got.evidence.log.result.value in {"error", "gone"}
    assert got.evidence.log.text == ""


def test_a_stop_ends_the_request_at_once(capture: Capture) -> None:
    dead = capture.crash(capture.pod(), ["own"])
    capture.cluster.faults.add(faults.black_hole(when=faults.logs))
    interrupt, ended = Interrupt(), Event()

    def gather() -> None:
        with pytest.raises(Interrupted):
            capture.source.gather(dead, deadline=monotonic() + 300, interrupt=interrupt)
        ended.set()

    thread = Thread(target=gather, daemon=True)
    thread.start()
    asked = Event()
    capture.cluster.faults.add(Doing(asked.set, when=faults.every))
    while not any(r.call.resource == "pods" for r in capture.cluster.requests()):
        asked.wait(0.01)
    interrupt.fire()
    assert ended.wait(SECONDS)
    thread.join(SECONDS)


def test_a_server_that_is_not_there_is_a_timeout(capture: Capture, tmp_path: Path) -> None:
    dead = capture.crash(capture.pod(), ["own"])
    capture.cluster.stop()
    connection = connect(str(tmp_path / "kubeconfig"))
    assert told(capture.gather(dead, seconds=0.5, source=ApiSource(connection)).evidence.log) == ("timeout", "")
