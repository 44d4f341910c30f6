from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.metrics.counted import CountedText
from kubevigil.metrics.text import Family, family_text

_FAMILY = Family("deaths_total", "counter", "Deaths.", ("namespace", "reason"))
_LABELS = st.tuples(st.sampled_from(["a", "b", 'c"\n']), st.sampled_from(["Error", "OOMKilled"]))
_ACTS = st.lists(st.tuples(_LABELS, st.integers(-1, 3)))
"""By how much a series moves, or that it is dropped (-1)."""

_Labels = tuple[str, str]


def _lines(text: bytes) -> list[bytes]:
    return sorted(text.splitlines())


@given(st.dictionaries(_LABELS, st.integers(0, 9)), st.lists(_ACTS))
def test_the_text_is_that_of_the_values_whatever_moved_between_two_of_them(
    begin: dict[_Labels, int], stretches: Sequence[Sequence[tuple[_Labels, int]]]
) -> None:
    values = Counter(begin)
    counted = CountedText(_FAMILY, sorted(values))
    for acts in stretches:
        for labels, by in acts:
            if by < 0:
                del values[labels]
                counted.dropped(labels)
            else:
                values[labels] += by
                counted.moved([labels])
        assert _lines(counted.text(values)) == _lines(family_text(_FAMILY, values.items()))


def test_a_series_keeps_its_place_when_it_moves_and_a_new_one_comes_last() -> None:
    values = Counter({("a", "Error"): 1, ("b", "Error"): 1})
    counted = CountedText(_FAMILY, sorted(values))
    counted.text(values)
    values.update({("b", "Error"): 1, ("a", "Eviction"): 1})
    counted.moved([("b", "Error"), ("a", "Eviction")])
    shown = [line.split(b"} ") for line in counted.text(values).splitlines()[2:]]
    assert [value for _, value in shown] == [b"1", b"2", b"1"]
    assert b"Eviction" in shown[-1][0]


def test_a_family_without_series_has_no_text() -> None:
    assert CountedText(_FAMILY, list[_Labels]()).text({}) == b""
