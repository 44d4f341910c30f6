"""YAML that a person can read and that programs in other languages read as it was meant."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app.rendering_yaml import stream

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.text("ab \n\t\r\x85\u2028\ufeff#:'\"{}|>-", max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.lists(JSON, min_size=1, max_size=3))
def test_what_is_written_is_read_as_it_was(objects: list[Any]) -> None:
    assert list(yaml.safe_load_all(stream(objects))) == objects


@pytest.mark.parametrize(
    "text", ["y", "N", "~", "1e3", "0o7", "0x1F", "1_000", ".5", "12", ".inf", "NaN", "on", "null"]
)
def test_a_text_that_go_could_take_for_something_else_is_quoted(text: str) -> None:
    assert stream([{"a": text}]) == f"a: '{text}'\n"


@pytest.mark.parametrize("text", ["5m", "v1", "kubevigil", "up == 0", "1h30m", "shop/web"])
def test_a_text_that_nobody_takes_for_something_else_is_plain(text: str) -> None:
    assert stream([{"a": text}]) == f"a: {text}\n"


def test_keys_are_sorted_lists_indented_and_lines_kept() -> None:
    written = stream([{"groups": [{"rules": [{"expr": "sum(\n  a\n)\n", "alert": "A"}], "name": "g"}]}])
    assert written == (
        "groups:\n"
        "  - name: g\n"
        "    rules:\n"
        "      - alert: A\n"
        "        expr: |\n"
        "          sum(\n"
        "            a\n"
        "          )\n"
    )


def test_a_long_line_stays_one() -> None:
    text = "word " * 200 + "end"
    assert stream([{"a": text}]) == f"a: {text}\n"


def test_what_is_the_same_twice_is_written_twice() -> None:
    labels = {"severity": "warning"}
    assert "&" not in stream([{"a": labels, "b": labels}])


def test_objects_are_documents_of_one_stream() -> None:
    assert stream([{"a": 1}, {"b": 2}]) == "a: 1\n---\nb: 2\n"
