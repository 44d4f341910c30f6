"""The file that `kubevigil render --config` takes: plain values, with the line of each, all faults at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app.rendering_config import Given, read, shown


def given_by(folder: Path, text: str) -> Given:
    path = folder / "values.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path)


def faults(folder: Path, text: str) -> list[tuple[str, str, str]]:
    """Key, place in the file, and the advice."""
    path = f"file {folder / 'values.yaml'}"
    return [(f.key, f.source.removeprefix(path), f.advice) for f in given_by(folder, text).faults]


def test_values_have_their_types_and_each_key_its_line(tmp_path: Path) -> None:
    given = given_by(
        tmp_path, "source: both\nslack:\n  routes:\n    - {name: a, sendResolved: true}\n  max: 5\n  r: 0.5\n"
    )
    assert given.values == {
        "source": "both",
        "slack": {"routes": [{"name": "a", "sendResolved": True}], "max": 5, "r": 0.5},
    }
    assert given.sources["slack", "max"] == f"file {tmp_path / 'values.yaml'}:5"
    assert given.sources["slack", "routes", "[0]", "name"].endswith(":4")
    assert given.faults == []


def test_json_is_read_too(tmp_path: Path) -> None:
    values = {"source": "both", "slack": {"routes": [{"name": "ä\n"}], "ownerRouting": False}, "alerts": {"A": None}}
    assert given_by(tmp_path, json.dumps(values, indent=2)).values == values


def test_numbers_of_json_are_numbers_unless_in_quotes(tmp_path: Path) -> None:
    assert given_by(tmp_path, "{a: 1e-05, b: 2E3, c: '1e3', d: 5e}").values == {
        "a": 1e-05,
        "b": 2000.0,
        "c": "1e3",
        "d": "5e",
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "{}"])
def test_a_file_without_values_gives_none(text: str, tmp_path: Path) -> None:
    assert given_by(tmp_path, text)[::2] == ({}, [])


@pytest.mark.parametrize("written", ["2026-01-31", "!!binary aGk=", "!ruby/object:X y", "!!python/name:os.system ''"])
def test_what_is_no_plain_type_stays_the_text_that_is_written(written: str, tmp_path: Path) -> None:
    found = given_by(tmp_path, f"a: {written}\n").values["a"]
    assert isinstance(found, str)


@pytest.mark.parametrize("name", ["on", "no", "1", "~"])
def test_the_name_of_a_key_is_always_text(name: str, tmp_path: Path) -> None:
    assert list(given_by(tmp_path, f"{name}: 1\n").values) == [name]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\na: 2\n", ("a", ":2", "given twice, first by ")),
        ("a: &x {b: 1}\nc: *x\n", ("c", ":1", "an alias is not allowed here")),
        ("s:\n  - n: .inf\n", ("s[0].n", ":2", "a number without an end")),
        ("a: 1e999\n", ("a", ":1", "a number without an end")),
        ('a: "\\ud800"\n', ("a", ":1", "holds half of a surrogate pair")),
        ('s: {"\\udc00": 1}\n', ("s", ":1", "holds half of a surrogate pair")),
        ("? [a]\n: 1\n", ("config", ":1", "the name of a key must be plain text")),
        ("- a\n", ("config", ":1", "a map, names with values, is expected here")),
        ("a: [1\n", ("config", ":2", "not YAML")),
        ("a: \0", ("config", "", "not YAML")),
        ("[" * 5_000, ("config", "", "not YAML")),
        ("#" * (1 << 20) + "\n", ("config", "", "larger than 1048576 bytes")),
    ],
    ids=[
        "twice",
        "alias",
        "infinite",
        "too large",
        "surrogate",
        "surrogate in a name",
        "complex key",
        "list",
        "syntax",
        "zero byte",
        "deep",
        "large",
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(text: str, fault: tuple[str, str, str], tmp_path: Path) -> None:
    (found,) = faults(tmp_path, text)
    assert (found[:2], found[2][: len(fault[2])]) == (fault[:2], fault[2])


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    assert len(faults(tmp_path, "a: 1\na: 2\nb: .nan\nc: &x []\nd: *x\n")) == 3


def test_a_bomb_of_aliases_is_refused_and_not_expanded(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert len(faults(tmp_path, bomb)) == 99


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (fault,) = read(tmp_path / "none.yaml").faults
    assert fault.line() == (
        f"config: file {tmp_path / 'none.yaml'}: cannot be read (No such file or directory); "
        "name a readable YAML or JSON file"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(values=st.dictionaries(st.text(max_size=5), JSON, max_size=3))
def test_what_was_written_as_json_is_read_as_it_was(
    values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    given = given_by(tmp_path_factory.getbasetemp(), json.dumps(values))
    assert (given.values, given.faults) == (values, [])


@given(data=st.binary(max_size=60))
def test_any_bytes_are_values_or_faults(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    given = read(path)
    assert isinstance(given.values, dict)
    json.dumps(given.values, ensure_ascii=False, allow_nan=bool(given.faults)).encode(
        errors="replace" if given.faults else "strict"
    )


def test_a_path_is_shown_as_one_writes_it() -> None:
    assert shown(("slack", "routes", "[0]", "channel")) == "slack.routes[0].channel"
