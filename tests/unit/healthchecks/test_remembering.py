"""Texts that were read before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app import manifest_yaml
from kubevigil.healthchecks.remembering import Remembering


class Parser:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def __call__(self, text: bytes) -> object:
        self.asked.append(text)
        return manifest_yaml.document(text)


def test_a_text_is_read_once_and_what_it_says_may_be_changed() -> None:
    parser = Parser()
    remembering = Remembering(parser)
    said = remembering(b"a: [1, two, 3.5, null, true]")
    assert isinstance(said, dict)
    said["a"].append("ours")
    assert remembering(b"a: [1, two, 3.5, null, true]") == {"a": [1, "two", 3.5, None, True]}
    assert remembering(b"a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}
    assert len(parser.asked) == 2


def test_those_not_asked_for_lately_are_forgotten_when_there_are_too_many() -> None:
    parser = Parser()
    remembering = Remembering(parser, most=150)
    texts = [f"number: {n}".encode() for n in range(20)]
    for text in texts:
        remembering(text)
        remembering(texts[0])
    assert parser.asked == texts
    remembering(texts[1])
    assert len(parser.asked) == 21


@pytest.mark.parametrize("text", [b"&a [*a]", b"!!binary aGVsbG8=", b"!!set {a, b}", b"[" * 150 + b"]" * 150])
def test_what_is_no_json_is_said_again_as_it_was(text: bytes) -> None:
    remembering = Remembering(manifest_yaml.document)
    assert repr(remembering(text)) == repr(remembering(text)) == repr(manifest_yaml.document(text))


def test_a_text_that_is_no_yaml_is_refused_each_time() -> None:
    remembering = Remembering(manifest_yaml.document)
    for _ in range(2):
        with pytest.raises(ValueError, match="line 1"):
            remembering(b"a: [")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_what_is_remembered_is_what_was_said(value: object) -> None:
    remembering = Remembering(lambda _: value)
    assert remembering(b"x") == remembering(b"x") == value
