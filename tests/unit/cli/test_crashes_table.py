import io
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kubevigil.cli.crashes_folding import folded, single
from kubevigil.cli.crashes_moments import span, utc
from kubevigil.cli.crashes_screen import Screen, plain, plain_lines, size
from kubevigil.cli.crashes_table import table
from kubevigil.model.record import CaptureResult, Record, RecordedLog, TerminationClass, Workload
from tests.unit.cli.crashes_cast import NOW, crash, log, oom

LATEST_FIRST = (
    crash(1, 8),
    *(oom(100 + n, 30 + n * 90) for n in range(30)),
    crash(
        3,
        240,
        namespace="platform",
        workload=Workload("DaemonSet", "log-agent"),
        container="agent",
        class_=TerminationClass.START_ERROR,
        exit_code=128,
        message='unable to start container process: exec: "/bin/agent": stat /bin/agent: no such file or directory',
        log=RecordedLog(CaptureResult.GONE),
    ),
    crash(4, 5 * 3600, class_=TerminationClass.EXITED, exit_code=0, log=RecordedLog(CaptureResult.EMPTY)),
    crash(5, 4 * 86_400, exit_code=139, signal="SIGSEGV", log=None),
)


def screen(*newest_first: Record, width: int, each: bool = False, in_utc: bool = False) -> list[str]:
    out = io.StringIO()
    folds = single(newest_first) if each else folded(newest_first)
    Screen(out, width=width).print(table(folds, width, now=NOW, in_utc=in_utc))
    return out.getvalue().splitlines()


def trimmed(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)


def golden(text: str) -> str:
    return dedent(text).strip("\n")


def test_a_wide_terminal_has_a_line_a_kind_of_crash_the_newest_last() -> None:
    assert trimmed(screen(*LATEST_FIRST, width=140)) == golden(
        """
        AGO  WORKLOAD               CONTAINER  WHY                                                  TIMES      LOG      ID
         4d  shop/web               web        exit 139: SIGSEGV, invalid memory access             1          pending  ef2d127de3
         5h  shop/web               web        exit 0: ended by itself, was to run on               1          empty    4b227777d4
         4m  platform/log-agent     agent      cannot start: /bin/agent: no such file or directory  1          gone     4e07408562
        30s  payments/payments-api  api        OOM killed (limit 64Mi)                              30 in 43m  11 B     ad57366865
         8s  shop/web               web        exit 1 (error)                                       1          11 B     6b86b273ff
        """  # noqa: E501
    )


def test_a_narrow_terminal_has_two_lines_and_leaves_nothing_out() -> None:
    assert trimmed(screen(*LATEST_FIRST, width=80)) == golden(
        """
        AGO  WORKLOAD, CONTAINER, WHY                                ID, TIMES, LOG
         4d  shop/web  web                                           ef2d127de3
             exit 139: SIGSEGV, invalid memory access                once, log pending
         5h  shop/web  web                                           4b227777d4
             exit 0: ended by itself, was to run on                  once, log empty
         4m  platform/log-agent  agent                               4e07408562
             cannot start: /bin/agent: no such file or directory     once, log gone
        30s  payments/payments-api  api                              ad57366865
             OOM killed (limit 64Mi)                                 30 in 43m, log 11 B
         8s  shop/web  web                                           6b86b273ff
             exit 1 (error)                                          once, log 11 B
        """
    )


def test_moments_in_utc_stand_in_the_place_of_ages() -> None:
    told = screen(crash(1, 20), width=120, in_utc=True)
    assert told[0].split()[0] == "WHEN"
    assert told[1].startswith("2026-09-21 14:13:00Z  shop/web")


@pytest.mark.parametrize("width", [60, 80, 100, 109, 110, 120, 140, 200])
def test_no_line_is_wider_than_the_terminal_and_every_id_is_whole(width: int) -> None:
    long = crash(
        7,
        9,
        namespace="n" * 63,
        workload=Workload("Deployment", "w" * 200),
        container="c" * 63,
        message="語" * 300,
    )
    told = screen(long, *LATEST_FIRST, width=width)
    assert max(map(cell_len, told)) <= width
    assert sum(record.id[:10] in "".join(told) for record in (long, *LATEST_FIRST)) == 6


def test_each_crash_has_its_own_line_when_that_is_asked_for() -> None:
    assert len(screen(*LATEST_FIRST, width=140, each=True)) == 1 + len(LATEST_FIRST)


def test_crashes_are_folded_over_pods_and_never_over_different_ends() -> None:
    folds = folded([crash(1, 5), crash(2, 9, pod_uid="u2"), crash(3, 7, exit_code=2), crash(4, 8, container="b")])
    assert [(fold.number, fold.pods, fold.latest.id[:4]) for fold in folds] == [
        (1, 1, crash(4).id[:4]),
        (1, 1, crash(3).id[:4]),
        (2, 2, crash(1).id[:4]),
    ]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10_000)), max_size=30))
def test_folding_loses_and_doubles_no_crash(ends: list[tuple[int, int]]) -> None:
    crashes = [crash(n, ago, exit_code=code) for n, (code, ago) in enumerate(ends)]
    folds = folded(crashes)
    assert sum(fold.number for fold in folds) == len(crashes)
    assert [fold.last for fold in folds] == sorted(fold.last for fold in folds)
    assert all(fold.first <= fold.last for fold in folds)


def test_colours_and_markup_of_a_cluster_reach_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    evil = crash(1, message="\x1b[31mred\x1b[0m [bold]b[/bold] :smile: \x9b2J \u202eevil \x07", namespace="a\nb")
    out = io.StringIO()
    told = Screen(out, width=140, force_terminal=True)
    told.print(table(folded([evil]), 140, now=NOW, in_utc=False))
    text = out.getvalue()
    assert "[bold]b[/bold] :smile:" in text
    assert not {"\x9b", "\u202e", "\x07"} & set(text)
    assert "\x1b[31mred" not in text.replace("\x1b[31mexit 1", "")
    assert len(text.splitlines()) == 2


@given(st.text())
def test_plain_text_is_one_printable_line(text: str) -> None:
    assert plain(text).isprintable()
    assert len(plain(text)) == len(text)


def test_lines_stay_lines_and_tabs_stay_columns() -> None:
    assert plain_lines("") == []
    assert plain_lines("a\n\nb\tc\n") == ["a", "", "b       c"]
    assert plain_lines("a\x85b\u2028c") == ["a b c"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0s"),
        (0, "0s"),
        (119.9, "119s"),
        (120, "2m"),
        (7199, "119m"),
        (7200, "2h"),
        (172_799, "47h"),
        (172_800, "2d"),
    ],
)
def test_a_span_has_one_unit_and_at_most_four_characters(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (10_240, "10 KiB"), (262_144, "256 KiB")]
)
def test_sizes_are_told_as_people_read_them(count: int, words: str) -> None:
    assert size(count) == words


def test_a_crash_whose_end_kubernetes_dates_to_1970_is_dated_by_its_sight() -> None:
    told = screen(crash(1, 20, finished_at="1970-01-01T00:00:00Z"), width=120, in_utc=True)
    assert told[1].startswith("2026-09-21 14:13:00Z")
    assert utc(0) == "1970-01-01 00:00:00Z"


def test_an_ascii_terminal_shows_question_marks_and_goes_on() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Screen(out, width=80).print(table(folded([crash(1, message="kein Gerät" + "x" * 80)]), 80, now=NOW, in_utc=False))
    out.flush()
    assert b"kein Ger?t" in raw.getvalue()


def test_the_log_column_tells_what_became_of_it() -> None:
    dropped = log(dropped=True)
    told = [screen(crash(1, log=one), width=140)[1].split("  ")[-2].strip() for one in (log(), dropped, None)]
    assert told == ["11 B", "dropped", "pending"]
