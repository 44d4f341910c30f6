from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.crashes.exits import EXIT_CODES, SIGNALS, exit_of, signal_of
from kubevigil.crashes.explaining import CLASSES, exit_words, explain, failed_probe, start_cause, telling_line, why
from kubevigil.model.record import (
    Record,
    RecordedContainer,
    RecordedEvent,
    RecordedTermination,
    Resources,
    TerminationClass,
    Workload,
)

SHIM = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: "
)


def end(**fields: Any) -> RecordedTermination:
    return RecordedTermination(
        **{"class_": TerminationClass.ERROR, "observed_at": "2026-01-01T10:00:05.000Z", "reason": "Error"} | fields
    )


def record(resources: Resources | None = None, events: tuple[RecordedEvent, ...] = (), **fields: Any) -> Record:
    return Record(
        id="1",
        cluster="c",
        namespace="shop",
        pod="web-1",
        pod_uid="u",
        node="n",
        workload=Workload("Deployment", "web"),
        container=RecordedContainer("web", "app"),
        termination=end(**fields),
        resources=resources,
        events=events,
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "exit 1 (error)"),
        (2, "exit 2: wrong usage or a Go panic"),
        (3, "exit 3"),
        (125, "exit 125: the wrapper failed"),
        (126, "exit 126: command cannot be executed"),
        (127, "exit 127: command not found"),
        (129, "exit 129: killed by SIGHUP"),
        (130, "exit 130: interrupted by SIGINT"),
        (134, "exit 134: SIGABRT, aborted itself"),
        (136, "exit 136: SIGFPE, an arithmetic error"),
        (137, "exit 137: killed by SIGKILL"),
        (139, "exit 139: SIGSEGV, invalid memory access"),
        (143, "exit 143: SIGTERM, asked to stop"),
        (152, "exit 152: SIGXCPU"),
        (154, "exit 154: killed by SIGVTALRM"),
        (159, "exit 159: SIGSYS, a forbidden system call"),
        (200, "exit 200"),
        (255, "exit 255: exit(-1), or an end that nobody saw"),
    ],
)
def test_an_exit_code_is_told_in_words(code: int, words: str) -> None:
    assert why(record(exit_code=code)) == words


def test_every_signal_of_the_table_exists_and_has_its_own_words() -> None:
    found = {signal_of(end(exit_code=code)) for code in range(129, 160)}
    assert set(SIGNALS) <= found
    assert len({known.words for known in SIGNALS.values()}) == len(SIGNALS)


@pytest.mark.parametrize(
    ("resources", "code", "words"),
    [
        (Resources(memory_limit="64Mi"), 137, "OOM killed (limit 64Mi)"),
        (Resources(), 137, "OOM killed (no limit of its own)"),
        (None, 137, "OOM killed"),
        (Resources(memory_limit="1Gi"), 1, "OOM killed (limit 1Gi), exit 1"),
    ],
)
def test_an_oom_kill_names_the_limit_where_it_is_known(resources: Resources | None, code: int, words: str) -> None:
    died = record(resources, class_=TerminationClass.OOM, reason="OOMKilled", exit_code=code, signal="")
    assert why(died) == words


def test_137_is_out_of_memory_only_where_kubernetes_says_so() -> None:
    told = explain(record(exit_code=137, signal="SIGKILL"))
    assert "Kubernetes does not call it out of memory" in told.meaning
    told = explain(record(class_=TerminationClass.OOM, reason="OOMKilled", exit_code=137, signal="SIGKILL"))
    assert "more memory than its limit" in told.meaning


@pytest.mark.parametrize(
    ("message", "words", "hint"),
    [
        (
            SHIM + 'exec: "/bin/agent": stat /bin/agent: no such file or directory: unknown',
            "cannot start: /bin/agent: no such file or directory",
            "path exists in this image",
        ),
        (
            SHIM + 'exec: "agent": executable file not found in $PATH: unknown',
            "cannot start: agent: executable file not found in $PATH",
            "does not hold that program",
        ),
        (
            'OCI runtime create failed: container_linux.go:345: starting container process caused "x": unknown',
            'cannot start: container_linux.go:345: starting container process caused "x"',
            "Look at the message",
        ),
        (SHIM + "exec /x: exec format error", "cannot start: exec /x: exec format error", "another architecture"),
        ("", "cannot start: StartError", "Look at the message"),
    ],
)
def test_a_start_error_is_told_by_its_innermost_cause(message: str, words: str, hint: str) -> None:
    died = record(class_=TerminationClass.START_ERROR, reason="StartError", exit_code=128, message=message)
    assert why(died) == words
    assert hint in explain(died).next


def test_an_exit_with_0_says_that_it_was_to_run_on() -> None:
    died = record(class_=TerminationClass.EXITED, reason="Completed", exit_code=0)
    assert why(died) == "exit 0: ended by itself, was to run on"
    assert "told to keep it running" in explain(died).meaning


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("connection refused\n", "connection refused"),
        ("panic: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n", "panic: index out of range"),
        (
            "Traceback (most recent call last):\n  File 'x', line 1\nKeyError: 'PORT'\n",
            "KeyError: 'PORT'",
        ),
        (
            "java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\nCaused by: java.net.X: refused\n\tat d.E",
            "Caused by: java.net.X: refused",
        ),
    ],
)
def test_of_a_stack_trace_the_line_that_names_the_cause_is_told(message: str, line: str) -> None:
    assert telling_line(message) == line
    if line:
        assert why(record(exit_code=1, message=message)) == f"exit 1: {line}"


def test_a_signal_is_told_rather_than_what_the_program_printed_before() -> None:
    assert why(record(exit_code=139, signal="SIGSEGV", message="ready")).startswith("exit 139: SIGSEGV")


def test_a_reason_of_its_own_is_told() -> None:
    died = record(exit_code=3, reason="DeadlineExceeded")
    assert why(died) == "exit 3 (DeadlineExceeded)"
    assert "activeDeadlineSeconds" in explain(died).meaning


def event(message: str, last_at: str | None = "2026-01-01T10:00:00Z", reason: str = "Killing") -> RecordedEvent:
    return RecordedEvent("Normal", reason, message, last_at=last_at)


@pytest.mark.parametrize(
    ("events", "probe"),
    [
        ((event("Container web failed liveness probe, will be restarted"),), "liveness"),
        ((event("Container web failed startup probe, will be restarted", None),), "startup"),
        ((event("Container webs failed liveness probe, will be restarted"),), ""),
        ((event("Container web failed liveness probe, will be restarted", "2026-01-01T09:58:59Z"),), ""),
        ((event("Container web failed liveness probe, will be restarted", reason="Unhealthy"),), ""),
        ((event("Stopping container web"),), ""),
    ],
)
def test_a_failed_probe_is_told_only_from_an_event_of_this_instance(
    events: tuple[RecordedEvent, ...], probe: str
) -> None:
    died = record(events=events, exit_code=143, signal="SIGTERM", started_at="2026-01-01T09:59:00Z")
    assert failed_probe(died) == probe
    assert (f"its {probe} probe failed" in explain(died).meaning) is bool(probe)


def test_an_end_without_an_exit_code_is_not_taken_for_one_with_0() -> None:
    died = record(exit_code=None, reason="")
    assert (exit_of(died.termination), exit_words(died.termination)) == (None, "")
    assert why(died) == CLASSES[TerminationClass.ERROR]
    assert explain(died).meaning == "It failed, and Kubernetes does not tell how."


@pytest.mark.parametrize("class_", TerminationClass)
def test_every_class_has_a_why_and_an_explanation_in_sentences(class_: TerminationClass) -> None:
    died = record(class_=class_, exit_code=None)
    told = explain(died)
    assert why(died)
    assert told.meaning.endswith(".")
    assert told.next.endswith(".")


def test_all_explanations_of_the_tables_are_sentences() -> None:
    for known in (*EXIT_CODES.values(), *SIGNALS.values()):
        for sentence in known.explanation:
            assert sentence[0].isupper()
            assert sentence.endswith(".")


@given(
    st.sampled_from(list(TerminationClass)),
    st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)),
    st.text(),
    st.sampled_from(["", "Error", "StartError", "x"]),
)
def test_nothing_that_a_cluster_tells_breaks_an_explanation(
    class_: TerminationClass, code: int | None, message: str, reason: str
) -> None:
    died = record(class_=class_, exit_code=code, message=message, reason=reason)
    assert why(died)
    assert explain(died).meaning
    exit_words(died.termination)


def test_a_cause_stays_short_whatever_the_layers_before_it() -> None:
    assert start_cause(SHIM * 20 + "permission denied: unknown") == "permission denied"
