"""Somebody else's words as we keep and print them."""

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.model.wording import one_line


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=2000))
def test_whatever_an_error_says_it_is_kept_as_one_printable_line_of_bounded_length(text: str) -> None:
    kept = one_line(text)
    assert len(kept) <= 300
    assert kept.isprintable()
    assert kept.encode("utf-8").decode() == kept
    assert one_line(kept) == kept


def test_a_long_error_is_cut_and_says_so() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 299 + "…"
