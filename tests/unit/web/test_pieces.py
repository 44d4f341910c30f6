import io
import os

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.web.pieces import Pieces

TEXTS = st.lists(st.binary(min_size=1, max_size=20), max_size=8)
STEPS = st.lists(st.tuples(st.sampled_from(["read", "skip"]), st.integers(min_value=0, max_value=30)), max_size=20)


def drained(pieces: Pieces, size: int) -> bytes:
    return b"".join(iter(lambda: bytes(pieces.read(size)), b""))


@given(TEXTS, st.integers(min_value=1, max_value=50))
def test_reading_to_the_end_gives_the_whole_body(texts: list[bytes], size: int) -> None:
    assert drained(Pieces(texts), size) == b"".join(texts)


@given(TEXTS, STEPS)
def test_it_moves_as_a_file_does_but_stops_at_the_end_of_a_piece(
    texts: list[bytes], steps: list[tuple[str, int]]
) -> None:
    pieces, file = Pieces(texts), io.BytesIO(b"".join(texts))
    for step, size in steps:
        if step == "skip":
            assert pieces.seek(size, os.SEEK_CUR) == file.seek(size, os.SEEK_CUR)
        else:
            view = bytes(pieces.read(size))
            assert view == file.read(len(view))
            assert view or size == 0 or not file.read(1)
        assert pieces.tell() == file.tell()


def test_the_end_tells_the_length() -> None:
    pieces = Pieces([b"abc", b"de"])
    assert pieces.seekable()
    assert pieces.seek(0, os.SEEK_END) == 5
    assert bytes(pieces.read(10)) == b""


def test_reading_copies_nothing() -> None:
    text = b"x" * 1_000
    assert Pieces([text]).read(10).obj is text


def test_a_closed_body_holds_nothing() -> None:
    pieces = Pieces([b"abc"])
    pieces.close()
    assert bytes(pieces.read(10)) == b""
