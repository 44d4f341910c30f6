from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubevigil.app.settings_file import read


def file_of(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "s.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def advice(tmp_path: Path, text: str | bytes) -> list[str]:
    entries, faults = read(file_of(tmp_path, text))
    assert entries == []
    return [fault.line().replace(str(tmp_path), "") for fault in faults]


def test_nested_maps_stand_for_dots_and_each_key_knows_its_line(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a: 1\nb:\n  c: x\n  d.e: [p, q]\n")
    entries, faults = read(path)
    assert entries == [
        ("a", f"file {path}:1", "1"),
        ("b.c", f"file {path}:3", "x"),
        ("b.d.e", f"file {path}:4", ("p", "q")),
    ]
    assert faults == []


@pytest.mark.parametrize("text", ["no", "0123", "1:30", "2026-01-01", "1e3", "0x10", "off"])
def test_a_value_is_what_is_written_whatever_yaml_makes_of_it(text: str, tmp_path: Path) -> None:
    entries, _ = read(file_of(tmp_path, f"a: {text}"))
    assert [entry.raw for entry in entries] == [text]


@pytest.mark.parametrize("text", ["", "# nothing\n", "a:\n", "a: ~\n", "a: null\n", "---\n"])
def test_a_key_without_a_value_is_not_given(text: str, tmp_path: Path) -> None:
    assert read(file_of(tmp_path, text)) == ([], [])


def test_an_empty_text_is_given(tmp_path: Path) -> None:
    entries, _ = read(file_of(tmp_path, 'a: ""'))
    assert [entry.raw for entry in entries] == [""]


def test_a_file_that_is_not_there_is_named_with_the_reason() -> None:
    _, (fault,) = read(Path("/nowhere/s.yaml"))
    assert fault.line() == (
        "config: file /nowhere/s.yaml: cannot be read (No such file or directory); name a readable YAML file"
    )


def test_a_mistake_in_the_syntax_is_told_with_its_line(tmp_path: Path) -> None:
    (line,) = advice(tmp_path, "a: 1\nb: 'open\n")
    assert line.startswith("config: file /s.yaml:3: not YAML: found unexpected end of stream")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"\xff\xff\x00\x01", "not text"),
        ("[" * 5_000, "nested too deeply"),
        ("a: &x\n  b: *x\n", "a.b: file /s.yaml:1: an alias is not allowed here"),
        ("? [a]\n: 1\n", "the name of a key must be plain text"),
        ("a: [[b]]\n", "a list may hold plain values only"),
        ("a: " + "x" * (1 << 20), "larger than 1048576 bytes"),
    ],
)
def test_what_cannot_be_settings_is_a_fault(text: str | bytes, told: str, tmp_path: Path) -> None:
    (line,) = advice(tmp_path, text)
    assert told in line


def test_a_tag_builds_no_object(tmp_path: Path) -> None:
    entries, _ = read(file_of(tmp_path, "a: !!python/object/apply:os.system ['touch /tmp/x']"))
    assert [entry.raw for entry in entries] == [("touch /tmp/x",)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80) | st.text("a:[]{}-&*!\n 'x", max_size=40).map(str.encode))
def test_any_bytes_are_entries_or_faults(tmp_path: Path, data: bytes) -> None:
    entries, faults = read(file_of(tmp_path, data))
    assert all(isinstance(entry.raw, str | tuple) for entry in entries)
    assert all(fault.line().isprintable() for fault in faults)
