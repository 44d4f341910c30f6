from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app.web_file import entries_in
from kubevigil.app.web_keys import MAPS

PATH = Path("w.yml")


def told(text: str) -> list[str]:
    return [fault.line() for fault in entries_in(PATH, text.encode(), MAPS)[1]]


def test_each_key_knows_its_line_and_is_what_is_written() -> None:
    text = "tls_server_config:\n  min_version: TLS12\nhttp_server_config:\n  http2: no\n  headers: {A: b}\nx: [1, 2]\n"
    entries, faults = entries_in(PATH, text.encode(), MAPS)
    assert entries == [
        (("tls_server_config", "min_version"), "file w.yml:2", "TLS12"),
        (("http_server_config", "http2"), "file w.yml:4", "no"),
        (("http_server_config", "headers", "A"), "file w.yml:5", "b"),
        (("x",), "file w.yml:6", ("1", "2")),
    ]
    assert faults == []


def test_a_key_without_a_value_is_an_entry_and_so_is_a_section() -> None:
    entries, _ = entries_in(PATH, b"basic_auth_users:\n  alice:\ntls_server_config:\n", MAPS)
    assert [(entry.keys, entry.value) for entry in entries] == [
        (("basic_auth_users", "alice"), None),
        (("tls_server_config",), None),
    ]


def test_a_name_with_dots_is_one_name() -> None:
    entries, _ = entries_in(PATH, b"basic_auth_users: {a.b: c}", MAPS)
    assert [entry.keys for entry in entries] == [("basic_auth_users", "a.b")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2\n", "a: file w.yml:2: given twice, first by file w.yml:1"),
        ("basic_auth_users: {a: 1, a: 2}", "basic_auth_users.a: file w.yml:1: given twice"),
        ("- a\n", "web.config_file: file w.yml:1: a map, names with values, is expected here"),
        ("tls_server_config: x", "tls_server_config: file w.yml:1: a map"),
        ("basic_auth_users: {a: {b: c}}", "basic_auth_users.a: file w.yml:1: a value, or a list of values, is"),
        ("? [a]\n: b\n", "web.config_file: file w.yml:1: the name of a key must be plain text"),
        ("a: 'secret\n", "web.config_file: file w.yml:2: not YAML; check quotes, colons and indentation there"),
        ("[" * 5_000, "web.config_file: file w.yml: not YAML: not text, or nested too deeply"),
        ("a: &x\n  b: *x\n", "a: file w.yml:1: a value"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_without_its_value(text: str, words: str) -> None:
    (line,) = told(text)
    assert line.startswith(words)
    assert "secret" not in line


def test_aliases_do_not_make_a_small_file_large() -> None:
    rows = "".join(f"  k{n}: v\n" for n in range(300))
    aliases = "".join(f"m{n}: *x\n" for n in range(300))
    entries, faults = entries_in(PATH, f"basic_auth_users: &x\n{rows}{aliases}".encode(), MAPS)
    assert len(entries) + len(faults) == 600


@given(st.binary(max_size=80) | st.text("ab:[]{}-&*!\n 'x?", max_size=50).map(str.encode))
def test_any_bytes_are_entries_or_faults(data: bytes) -> None:
    _, faults = entries_in(PATH, data, MAPS)
    assert all(fault.line().isprintable() for fault in faults)
