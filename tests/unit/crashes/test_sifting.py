"""What of an answer is log of the dead instance."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.crashes.sifting import PART, Sifted, Sifter
from kubevigil.crashes.window import Window, window_of

from .answers import DIED, line, parted, stamp

WINDOW = window_of(DIED - 10, DIED)
LIMIT = 64


def sift(*pieces: bytes, window: Window = WINDOW, limit: int = 1 << 20, lead: int = 0) -> Sifted:
    sifter = Sifter(window, limit=limit, lead=lead)
    for piece in pieces:
        sifter.feed(piece)
    return sifter.finish()


def test_lines_lose_their_stamps_and_keep_all_else() -> None:
    got = sift(line("one  "), line(""), line("\tthree 2026-01-01T00:00:00Z"))
    assert got.text == "one  \n\n\tthree 2026-01-01T00:00:00Z\n"
    assert (got.lines, got.foreign, got.no_log, got.cut) == (3, 0, 0, False)


def test_a_line_without_a_stamp_is_not_log() -> None:
    got = sift(b"unable to retrieve container logs for containerd://abc")
    assert (got.text, got.lines, got.no_log) == ("", 0, 1)
    got = sift(line("own"), b"failed to read log file\n", b"\n", b"2026-11-21T10:00:00Zno blank\n", line("last"))
    assert (got.text, got.lines, got.no_log) == ("own\nlast\n", 2, 3)


@pytest.mark.parametrize("bad", ["2026-13-45T99:99:99.000000000Z", "0000-01-01T00:00:00.000000000Z", "2026-11-21"])
def test_what_only_looks_like_a_stamp_is_none(bad: str) -> None:
    assert sift(f"{bad} text\n".encode(), window=Window(None, None)).no_log == 1


def test_stamps_of_every_width_and_zone_are_read() -> None:
    whole = datetime.fromisoformat("2026-11-21T10:00:00+00:00").timestamp()
    for text in ("10:00:00Z", "10:00:00.5Z", "10:00:00.123456789Z", "12:00:00.123456789+02:00"):
        got = sift(f"2026-11-21T{text} x\n".encode(), window=Window(whole, whole + 1))
        assert (got.text, got.lines) == ("x\n", 1), text


@pytest.mark.parametrize(
    ("at", "own"),
    [
        (DIED - 10.001, False),
        (DIED - 10, True),
        (DIED, True),
        (DIED + 1.249, True),
        (DIED + 1.25, False),
        (DIED + 60, False),
    ],
)
def test_own_lines_are_stamped_from_the_start_until_a_second_and_a_quarter_after_the_end(at: float, own: bool) -> None:
    got = sift(line("x", at))
    assert (got.lines, got.foreign) == ((1, 0) if own else (0, 1))


def test_a_start_in_1970_or_none_is_no_lower_bound_and_no_end_is_no_upper() -> None:
    for start in (0.0, None):
        assert window_of(start, DIED).start is None
        assert sift(line("x", DIED - 10**6), window=window_of(start, DIED)).lines == 1
    assert sift(line("x", DIED + 10**6), window=window_of(DIED, None)).lines == 1
    assert sift(line("x", DIED + 10**6), window=window_of(DIED, 0.0)).lines == 1


def test_the_last_line_may_lack_its_newline() -> None:
    assert sift(line("one"), line("LAST")[:-1]).text == "one\nLAST"
    assert sift(line("")[:-1]).lines == 1
    assert sift(line("x" * PART)[:-1]).text == "x" * PART


def test_only_the_last_bytes_are_kept_and_it_says_so() -> None:
    got = sift(*(line(f"line {n}") for n in range(1000)), line("LAST"), limit=LIMIT)
    assert got.text.endswith("line 999\nLAST\n")
    assert (len(got.text.encode()), got.cut, got.lines) == (LIMIT, True, 1001)


def test_a_log_of_just_the_limit_is_whole() -> None:
    assert sift(line("x" * (LIMIT - 1)), limit=LIMIT).cut is False
    assert sift(line("x" * LIMIT), limit=LIMIT).cut is True


def test_a_line_of_ten_megabytes_costs_no_more_memory_than_two_rings_and_keeps_its_end() -> None:
    sifter = Sifter(WINDOW, limit=LIMIT, lead=LIMIT)
    sifter.feed(line("")[:-1])
    most = 0
    for _ in range(160):
        sifter.feed(b"x" * (64 * 1024))
        most = max(most, len(sifter._kept) + len(sifter._held))
    sifter.feed(b"LAST")
    got = sifter.finish()
    assert got.text == "x" * (2 * LIMIT - 4) + "LAST"
    assert (got.cut, got.lines, got.size > 10 * 1024 * 1024) == (True, 1, True)
    assert most <= 4 * LIMIT


def test_a_skipped_line_of_ten_megabytes_costs_no_memory() -> None:
    sifter = Sifter(WINDOW, limit=LIMIT)
    for _ in range(160):
        sifter.feed(b"x" * (64 * 1024))
        assert len(sifter._kept) + len(sifter._held) <= 64
    assert sifter.finish().no_log == 1


def test_the_lead_is_told_in_bytes_of_the_text_and_only_where_something_was_cut() -> None:
    got = sift(line("ä" * 200), limit=LIMIT, lead=10)
    assert (10 <= got.lead <= 10 + 4, got.text.strip("\ufffd\n")) == (True, "ä" * 36)
    assert sift(line("short"), limit=LIMIT, lead=10).lead == 0
    colours = sift(line("\x1b[31m" * 40), limit=LIMIT, lead=10)
    assert colours.lead <= 10
    assert colours.text == "31m\n"


def test_binary_output_is_bounded_and_has_no_controls() -> None:
    got = sift(line(bytes(n for n in range(256) if n != 10) * 4), limit=LIMIT)
    assert got.cut
    assert len(got.text) <= LIMIT
    assert not set(got.text) & {"\x1b", "\x00"}
    assert "\ufffd" in got.text


@pytest.mark.parametrize("size", [PART, 2 * PART, 8 * PART])
@pytest.mark.parametrize("each", [False, True])
def test_a_line_of_parts_is_put_together_whether_or_not_each_has_a_stamp(size: int, each: bool) -> None:
    text = bytes(97 + n % 26 for n in range(5 * size // 2))
    for long in (text, text[: 2 * size], text[:size], text[: size - 1], text[: size + 1]):
        answer = line("before") + parted(long, size, each=each) + line("after")
        assert sift(answer).text == f"before\n{long.decode()}\nafter\n"


def test_a_stamp_that_the_program_printed_itself_stays() -> None:
    own = f"x {stamp(DIED)} y {stamp(DIED)} {stamp(DIED)} " * 1000
    assert sift(line(f"{stamp(DIED)} {own}")).text == f"{stamp(DIED)} {own}\n"
    for width in ("2026-11-21T10:00:00Z y", "2026-11-21T10:00:00.123456Z y", "2026-11-21T10:00:00.123456789Zy"):
        at_a_part = "x" * PART + width
        assert sift(line(at_a_part)).text == at_a_part + "\n"


def test_a_tail_is_full_when_lines_and_parts_reach_it() -> None:
    got = sift(*(line("x") for _ in range(5)))
    assert (got.fills(5), got.fills(6)) == (True, False)
    assert sift(parted(b"x" * 4 * PART, PART, each=False)).fills(5)


def plainly(answer: bytes, limit: int) -> str:
    """The same for an answer without parts, of ASCII, all at once."""
    kept = b"".join(
        rest + (b"\n" if newline else b"")
        for raw in answer.splitlines(keepends=True)
        for newline in (raw.endswith(b"\n"),)
        for head, blank, rest in (raw.rstrip(b"\n").partition(b" "),)
        if blank and head.startswith(b"20") and WINDOW.holds(datetime.fromisoformat(head.decode()).timestamp())
    )
    return kept[-limit:].decode()


TEXTS = st.text(alphabet="abc :-\t", max_size=100)
LINES = st.one_of(
    TEXTS.map(line),
    TEXTS.map(lambda text: line(text, DIED + 5)),
    TEXTS.map(lambda text: b"no log " + text.encode() + b"\n"),
)


@given(st.lists(LINES, max_size=30).map(b"".join), st.integers(1, 400), st.booleans())
def test_it_finds_what_a_plain_reading_of_the_whole_answer_finds(answer: bytes, limit: int, ends: bool) -> None:
    answer = answer if ends else answer[:-1]
    assert sift(answer, limit=limit).text == plainly(answer, limit)


def cut_at(data: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


PIECES = st.one_of(
    st.binary(max_size=60),
    LINES,
    st.binary(max_size=200).map(line),
    st.sampled_from([PART - 1, PART, PART + 1, 2 * PART]).flatmap(
        lambda n: st.booleans().map(lambda each: parted(b"y" * n, PART, each=each))
    ),
)
ANSWERS = st.lists(PIECES, max_size=8).map(b"".join)


@given(ANSWERS, st.lists(st.integers(0, 1 << 20), max_size=12), st.integers(1, 300), st.integers(0, 50))
def test_where_the_network_cuts_changes_nothing(answer: bytes, places: list[int], limit: int, lead: int) -> None:
    whole = sift(answer, limit=limit, lead=lead)
    assert sift(*cut_at(answer, places), limit=limit, lead=lead) == whole
    step = 1 if len(answer) < 3000 else 7
    assert sift(*(answer[n : n + step] for n in range(0, len(answer), step)), limit=limit, lead=lead) == whole


@given(st.binary(max_size=2000), st.integers(1, 300), st.integers(0, 50))
def test_no_bytes_make_it_raise_or_exceed_its_limit(answer: bytes, limit: int, lead: int) -> None:
    got = sift(answer, window=Window(None, None), limit=limit, lead=lead)
    assert len(got.text) <= limit + lead
    assert got.lead <= lead * 3
    assert got.size == len(answer)
