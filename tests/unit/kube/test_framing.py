"""Bytes into lines."""

from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.kube.framing import LineSplitter

_LINES = st.lists(st.binary(min_size=1, max_size=30).map(lambda b: b.replace(b"\n", b".").strip() or b"x"))


@given(lines=_LINES, cuts=st.lists(st.integers(1, 40)))
def test_lines_come_out_the_same_however_the_stream_was_cut(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    splitter, found, at = LineSplitter(), list[bytes](), 0
    for size in [*cuts, len(stream) + 1]:
        found += splitter.feed(stream[at : at + size])
        at += size
    assert found == lines


def test_an_unfinished_line_is_kept_back() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b'{"type":"ADD') == []
    assert splitter.feed(b'ED"}') == []
    assert splitter.feed(b"\r\n\n\n") == [b'{"type":"ADDED"}']


def test_a_line_over_the_limit_is_dropped_and_counted_and_the_next_is_whole() -> None:
    splitter = LineSplitter(limit=8)
    assert splitter.feed(b"12345678\n123456789\nab") == [b"12345678"]
    assert splitter.feed(b"c\n" + b"x" * 7) == [b"abc"]
    assert splitter.feed(b"yy") == []
    assert splitter.feed(b"z\nok\n") == [b"ok"]
    assert splitter.oversized == 2


def test_a_line_that_never_ends_holds_no_more_than_the_limit() -> None:
    splitter = LineSplitter(limit=1000)
    for _ in range(1000):
        splitter.feed(b"x" * 100)
    assert splitter.oversized == 1
    assert splitter._pieces == []


def test_w10_64_mib_of_lines_of_1_kb_are_cut_in_under_2_seconds_in_one_segment_and_in_many() -> None:
    segment = (b"x" * 1023 + b"\n") * (64 * 1024)
    started = process_time()
    assert len(LineSplitter().feed(segment)) == 64 * 1024
    assert process_time() - started < 2.0
    splitter, started = LineSplitter(), process_time()
    assert sum(len(splitter.feed(segment[at : at + 4000])) for at in range(0, len(segment), 4000)) == 64 * 1024
    assert process_time() - started < 2.0
