"""Who has which name is known after every change, and nobody stands in his own way."""

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.custom_claims import Claims, Family
from kubevigil.healthchecks.custom_parse import Kind
from kubevigil.healthchecks.custom_series import Kept, Series

GAUGE, COUNTER = Family("gauge", "A."), Family("counter", "A.")


def kept(*names: str, kind: Kind = "gauge") -> Kept:
    return Kept(tuple(Series(name, kind, "A.", 1, 1.0) for name in names))


def test_a_check_may_change_what_it_alone_tells() -> None:
    claims = Claims()
    claims.put("a", kept("x"))
    assert claims.refusal("a", "x", COUNTER) == ""
    assert "is a gauge of another check" in claims.refusal("b", "x", COUNTER)


def test_a_name_is_free_once_nobody_has_it() -> None:
    claims = Claims()
    claims.put("a", kept("x"))
    claims.put("b", kept("x"))
    claims.put("a", kept("y"))
    assert claims.refusal("c", "x", COUNTER) != ""
    claims.drop("b")
    claims.drop("b")
    assert claims.refusal("c", "x", COUNTER) == ""


def test_a_histogram_of_a_check_does_not_keep_its_own_parts_from_it() -> None:
    claims = Claims()
    claims.put("a", kept("x", kind="histogram"))
    assert claims.refusal("a", "x_sum", GAUGE) == "", "that is for the check's own metrics to decide"
    assert "taken by x of another check" in claims.refusal("b", "x_sum", GAUGE)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.sets(st.sampled_from("xyz")))))
def test_the_number_of_metrics_is_right_after_every_change(changes: list[tuple[str, set[str] | None]]) -> None:
    claims, there = Claims(), dict[str, set[str]]()
    for uid, names in changes:
        if names is None:
            claims.drop(uid)
            there.pop(uid, None)
        else:
            claims.put(uid, kept(*sorted(names)))
            there[uid] = names
        assert claims.count == sum(map(len, there.values()))
        assert claims.besides("a") == claims.count - len(there.get("a", ()))
        for name in "xyz":
            others = any(name in names for uid, names in there.items() if uid != "a")
            assert bool(claims.refusal("a", name, COUNTER)) == others
