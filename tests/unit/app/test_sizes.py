import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app import sizes


@given(st.integers(0, 2**29) | st.integers(0, 999).map(lambda n: n * 2**30))
def test_a_size_that_is_shown_is_read_as_the_same(count: int) -> None:
    assert sizes.bytes_in(sizes.shown(count)) == count


@pytest.mark.parametrize(
    ("text", "count"), [("0B", 0), ("1KiB", 1024), ("64MiB", 64 * 2**20), ("10GiB", 10 * 2**30), ("1TiB", 2**40)]
)
def test_a_size_is_a_number_with_a_binary_unit(text: str, count: int) -> None:
    assert sizes.bytes_in(text) == count
    assert sizes.shown(count) == text


@pytest.mark.parametrize("text", ["", "10", "10GB", "1.5GiB", "-1MiB", "1 MiB", "1mib", "GiB", "1\u0661MiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a size such as"):
        sizes.bytes_in(text)
