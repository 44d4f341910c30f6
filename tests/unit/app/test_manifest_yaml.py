"""YAML is read as Kubernetes' programs read it, and whatever is in it ends as values or as a ValueError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app.manifest_yaml import MOST_BYTES, document, documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: =", {"a": "="}),
        ("a: 2026-01-31", {"a": "2026-01-31"}),
        ("a: 2026-01-31T10:00:00Z", {"a": "2026-01-31T10:00:00Z"}),
        ("a: yes", {"a": True}),
        ("a: 0x10", {"a": 16}),
        ("a: 1.5", {"a": 1.5}),
        ("a: &x 1\nb: *x", {"a": 1, "b": 1}),
        ("", None),
        ("---\n---\na: 1", {"a": 1}),
    ],
)
def test_a_value_is_what_kubernetes_takes_it_for(text: str, value: object) -> None:
    assert document(text) == value


def test_every_document_of_a_stream_is_read_and_empty_ones_are_passed_by() -> None:
    assert list(documents(b"a: 1\n---\n---\nb: 2\n...\n---\nc: 3")) == [{"a": 1}, {"b": 2}, {"c": 3}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2", "line"),
        ("a: !!python/object:os.system x", "constructor"),
        ("a: *nowhere", "undefined alias"),
        ("[" * 5000, "nested too deeply"),
        ("a" * (MOST_BYTES + 1), "are the most"),
        ("? [a]\n: 1", "unhashable"),
        (b"\xff\xfe\x00", "."),
        ("a: \x07", "."),
    ],
    ids=["open list", "code", "alias", "deep", "long", "a list as a key", "no text", "a bell"],
)
def test_what_is_no_yaml_is_told_on_one_line(text: bytes | str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as told:
        list(documents(text))
    assert "\n" not in str(told.value)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200), st.text("[]{}:,-&*!|>'\"#%@` \nab=<~", max_size=60)))
def test_any_bytes_are_values_or_a_fault(text: bytes | str) -> None:
    try:
        list(documents(text))
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017  either way is right
