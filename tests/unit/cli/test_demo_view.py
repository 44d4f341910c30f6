import io

import pytest
from rich.console import Console

from kubevigil.app.audit import Verdict
from kubevigil.cli import demo_view
from kubevigil.model.record import Record, RecordedContainer, RecordedTermination, TerminationClass, Workload


class Shown:
    """All that a picture asks of a demo."""

    api_server = "http://127.0.0.1:1"
    address = "http://127.0.0.1:2"

    def __init__(self, *records: Record) -> None:
        self._verdict = Verdict(len(records), len(records), 0, 0, list(records))

    def verdict(self) -> Verdict:
        return self._verdict

    def latest(self, most: int) -> list[Record]:
        return self._verdict.terminations[:most]


def ended(message: str) -> Record:
    return Record(
        id="1",
        cluster="demo",
        namespace="platform",
        pod="log-agent-with-a-name-that-is-longer-than-any-column",
        pod_uid="u",
        node="n",
        workload=Workload("DaemonSet", "log-agent"),
        container=RecordedContainer("agent", "app"),
        termination=RecordedTermination(
            class_=TerminationClass.START_ERROR,
            observed_at="2026-01-01T10:20:30.000Z",
            exit_code=137,
            signal="SIGKILL",
            message=message,
        ),
    )


def lines(width: int, *records: Record) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(demo_view.live(Shown(*records), width, 24))  # type: ignore[arg-type]
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100, 118, 140, 200])
def test_what_matters_is_whole_on_every_terminal_and_no_line_is_wider(width: int) -> None:
    told = lines(width, ended("exec: no such file or directory: " + "x" * 200))
    assert max(map(len, told)) <= width
    row = next(line for line in told if "10:20:30" in line)
    assert "start_error" in row
    assert "137 SIGKILL" in row
    assert ("could not be started" in row) is (width >= 100)


def test_text_of_a_container_does_not_steer_the_terminal() -> None:
    told = "".join(lines(140, ended("last\x1b[2J\x07words")))
    assert "\x1b" not in told
    assert "\x07" not in told


def test_the_balance_is_told_in_a_line() -> None:
    assert any("1 ends of containers happened, 1 were seen" in line for line in lines(140, ended("")))
