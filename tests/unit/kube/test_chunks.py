"""The framing of a chunked body, however the network cut it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.kube.chunks import BadChunk, Chunks

_HEADS = st.sampled_from([b"%x\r\n", b"%X\r\n", b"000%x\r\n", b"%x;name=value\r\n", b"%x \r\n", b"%x\n"])
_TRAILERS = st.sampled_from([b"\r\n", b"Checksum: 1\r\nOther: 2\r\n\r\n"])


@st.composite
def _bodies(draw: st.DrawFn) -> tuple[bytes, bytes, list[int]]:
    """What is said, how it is framed, and where the network cuts it."""
    pieces = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
    framed = b"".join(draw(_HEADS) % len(piece) + piece + b"\r\n" for piece in pieces) + b"0\r\n" + draw(_TRAILERS)
    cuts = draw(st.lists(st.integers(0, len(framed)), max_size=8))
    return b"".join(pieces), framed, sorted(cuts)


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@given(_bodies())
def test_the_data_comes_out_whole_wherever_it_was_cut(body: tuple[bytes, bytes, list[int]]) -> None:
    said, framed, cuts = body
    chunks = Chunks()
    assert b"".join(chunks.feed(piece) for piece in _cut(framed, cuts)) == said
    assert chunks.ended


@given(_bodies())
def test_a_body_has_ended_with_the_last_byte_of_its_trailer_and_not_before(
    body: tuple[bytes, bytes, list[int]],
) -> None:
    _, framed, _ = body
    chunks = Chunks()
    chunks.feed(framed[:-1])
    assert chunks.last_seen
    assert not chunks.ended
    chunks.feed(framed[-1:])
    assert chunks.ended


def test_all_the_chunks_that_came_in_come_out_at_once() -> None:
    assert Chunks().feed(b"1\r\na\r\n2\r\nbc\r\n3\r\nde") == b"abcde"


def test_what_follows_the_end_is_none_of_the_body() -> None:
    chunks = Chunks()
    assert chunks.feed(b"1\r\na\r\n0\r\n\r\n1\r\nb\r\n") == b"a"
    assert chunks.feed(b"1\r\nb\r\n") == b""


@pytest.mark.parametrize(
    "wrong",
    [b"-5\r\n", b"0x5\r\n", b"1_0\r\n", b"\r\n\r\n", b"hello\r\n", b"1\r\nab\r\n\r\n", b"1\r\na\r\nx\r\n"],
    ids=["negative", "prefixed", "underscored", "empty", "word", "too-long", "word-later"],
)
def test_what_is_no_chunk_is_refused(wrong: bytes) -> None:
    chunks = Chunks()
    with pytest.raises(BadChunk):
        chunks.feed(wrong)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=4))
def test_any_bytes_end_in_data_or_a_refusal(data: bytes, cuts: list[int]) -> None:
    chunks = Chunks()
    out = 0
    try:
        for piece in _cut(data, sorted(min(cut, len(data)) for cut in cuts)):
            out += len(chunks.feed(piece))
    except BadChunk:
        pass
    assert out <= len(data)


@pytest.mark.parametrize("start", [b"5;", b"1\r\na\r\n5;", b"0\r\nName: "], ids=["first", "later", "trailer"])
def test_a_head_or_trailer_without_an_end_is_not_kept_for_ever(start: bytes) -> None:
    chunks = Chunks()
    chunks.feed(start + b"x" * 60_000)
    with pytest.raises(BadChunk):
        chunks.feed(b"x" * 6_000)
