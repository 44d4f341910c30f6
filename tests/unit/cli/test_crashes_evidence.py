import io
from textwrap import dedent

import pytest

from kubevigil.cli.crashes_evidence import LAST_LINES, evidence
from kubevigil.cli.crashes_screen import Screen
from kubevigil.model.clock import rfc3339
from kubevigil.model.record import CaptureResult, Record, RecordedEvent, RecordedLog, TerminationClass
from kubevigil.store.archive import History
from tests.unit.cli.crashes_cast import NOW, crash, log, oom

EVENTS = (
    RecordedEvent("Normal", "Pulled", "Image already present on machine", 4, rfc3339(NOW - 600), rfc3339(NOW - 32)),
    RecordedEvent("Warning", "BackOff", "Back-off restarting failed container", 1, rfc3339(NOW - 29)),
)


def screen(record: Record, around: History | None = None, *, width: int = 100, full: bool = False) -> str:
    out = io.StringIO()
    lines = evidence(record, around or History(1, record, record), width, now=NOW, full=full)
    Screen(out, width=width).lines(lines)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def test_all_of_a_crash_is_told_in_the_order_in_which_one_thinks() -> None:
    died = oom(2, 30, log=log("heap 63Mi of 64Mi\n", truncated=True), events=EVENTS)
    around = History(30, oom(9, 2640), died, oom(8, 120), None)
    assert screen(died, around, width=80) == dedent(
        """\
        payments/payments-api  api  OOM killed (limit 64Mi)
        2026-09-21 14:12:50Z, 30s ago; id d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35

        WHAT
          pod         payments-api-lgwcsmc4t-xx2v9
          workload    Deployment/payments-api, revision lgwcsmc4t
          container   api (app), restarts before: 3
          image       registry.example/shop/web:1.42.0
          digest      sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
          node        node-3
          cluster     demo

        WHY
          class       oom: the kernel killed it because its memory was used up
          exit code   137: killed by SIGKILL
          reason      OOMKilled
          limits      memory 64Mi (request 64Mi), cpu unlimited (request 100m)
          means       The kernel killed it because it used more memory than its limit of
                      64Mi.
          next        Look at its memory over time: a steady rise is a leak, a jump a
                      big request; else raise the limit.

        SINCE WHEN, HOW OFTEN
          ran for     2m
          crashes     30 of this container in this pod, within 43m
          first       19581e27de, 2026-09-21 13:29:20Z, 44m ago
          latest      this one, 2026-09-21 14:12:50Z, 30s ago

        LAST WORDS  18 B, the end of a longer log
        heap 63Mi of 64Mi

        EVENTS
          32s ago     Pulled (4 times)  Image already present on machine
          29s ago     BackOff  Back-off restarting failed container

        WHERE TO GO ON
          before      kubevigil crashes show 2c624232cd
          log         kubectl --namespace payments logs payments-api-lgwcsmc4t-xx2v9 --container api --previous --timestamps
          pod         kubectl --namespace payments describe pod payments-api-lgwcsmc4t-xx2v9
          rollout     kubectl --namespace payments rollout history deployment/payments-api
          alike       kubevigil crashes list --namespace payments --workload payments-api --each"""  # noqa: E501
    )


def test_the_last_lines_of_a_long_log_are_shown_and_full_shows_all() -> None:
    died = crash(log=log("".join(f"line {n}\n" for n in range(100))))
    short = screen(died).splitlines()
    assert f"  … {100 - LAST_LINES} lines more: --full" in short
    assert "line 59" not in short
    assert short.index("line 99") - short.index("line 60") == LAST_LINES - 1
    whole = screen(died, full=True).splitlines()
    assert whole.index("line 99") - whole.index("line 0") == 99
    assert not any("lines more" in line for line in whole)


def test_the_latest_events_are_shown_and_full_shows_all() -> None:
    died = crash(events=tuple(RecordedEvent("Normal", f"R{n}", "m") for n in range(20)))
    assert "… 8 earlier ones" in screen(died)
    assert " R7 " not in screen(died)
    assert " R8 " in screen(died)
    assert " R0 " in screen(died, full=True)


@pytest.mark.parametrize(
    ("log_", "told"),
    [
        (None, "Not there yet"),
        (RecordedLog(CaptureResult.GONE), "thrown it away"),
        (RecordedLog(CaptureResult.SUPERSEDED), "next instance had taken its place"),
        (RecordedLog(CaptureResult.EMPTY), "It printed nothing"),
        (RecordedLog(CaptureResult.TIMEOUT), "could not be fetched in time"),
        (RecordedLog(CaptureResult.ERROR), "answered with an error"),
        (RecordedLog(CaptureResult.OK, "", 99, dropped=True), "given up since"),
        (RecordedLog(CaptureResult.FORBIDDEN), '- {apiGroups: [""], resources: [pods/log], verbs: [get]}'),
    ],
)
def test_a_missing_log_is_told_with_its_reason_and_what_to_do(log_: RecordedLog | None, told: str) -> None:
    lines = screen(crash(log=log_)).splitlines()
    at = lines.index("LAST WORDS")
    assert told in "\n".join(lines[at : at + 4])


def test_every_result_of_a_capture_has_words() -> None:
    for result in CaptureResult:
        assert screen(crash(log=RecordedLog(result, "x")))


def test_the_message_of_kubernetes_is_told_line_by_line() -> None:
    told = screen(crash(message="first\n\n  second\n"))
    assert "  message     first\n                second\n" in told


def test_names_are_quoted_in_commands_that_one_copies() -> None:
    told = screen(crash(pod="web; rm -rf /", namespace="$(x)", container="a b"))
    assert "kubectl --namespace '$(x)' logs 'web; rm -rf /' --container 'a b' --previous" in told


def test_nothing_of_a_cluster_steers_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    evil = "\x1b[2J[red]x[/red]\u202e\x9b1m"
    died = crash(
        message=evil, pod=evil, container=evil, node=evil, log=log(evil), events=(RecordedEvent(evil, evil, evil),)
    )
    out = io.StringIO()
    lines = evidence(died, History(1, died, died), 80, now=NOW, full=True)
    Screen(out, width=80, force_terminal=True).lines(lines)
    assert "\x1b[1;36mWHAT" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert not {"\u202e", "\x9b"} & set(out.getvalue())
    assert "[red]x[/red]" in out.getvalue()


def test_a_long_line_of_a_log_is_not_broken() -> None:
    assert "x" * 500 in screen(crash(log=log("x" * 500)), width=80)


def test_a_neighbour_of_a_crash_is_named_on_both_sides() -> None:
    died = crash(2, 60)
    told = screen(died, History(3, crash(1, 90), crash(3, 30), crash(1, 90), crash(3, 30)))
    assert f"before      kubevigil crashes show {crash(1).id[:10]}" in told
    assert f"after       kubevigil crashes show {crash(3).id[:10]}" in told
    assert f"latest      {crash(3).id[:10]}," in told
    assert "kubectl --namespace shop logs" not in told  # a later instance has died: that is not this one's log


def test_what_kubernetes_does_not_tell_is_left_out() -> None:
    died = crash(class_=TerminationClass.ERROR, exit_code=None, reason="", started_at=None, node="")
    told = screen(died)
    assert not any(word in told for word in ("exit code", "reason ", "ran for", "node ", "limits"))
