"""Private keys, whole or cut, with or without a prefix on each line."""

import base64
import json
from random import Random

import pytest

from kubevigil.crashes.redaction.builtin import selected
from kubevigil.crashes.redaction.detector import Page
from kubevigil.crashes.redaction.private_keys import PRIVATE_KEY

KINDS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
DASHES = "-" * 5


def body(seed: int = 1, length: int = 609) -> list[str]:
    text = base64.b64encode(Random(seed).randbytes(length)).decode()
    return [text[i : i + 64] for i in range(0, len(text), 64)]


def pem(kind: str = "RSA PRIVATE KEY", seed: int = 1) -> list[str]:
    return [f"{DASHES}BEGIN {kind}{DASHES}", *body(seed), f"{DASHES}END {kind}{DASHES}"]


def assert_gone(text: str, seed: int = 1) -> str:
    redacted = selected().redact(text).text
    assert not [line for line in body(seed) if line in redacted]
    assert redacted.count("\n") == text.count("\n")
    return redacted


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_key_goes_and_its_edges_stay(kind: str) -> None:
    text = "before\n" + "\n".join(pem(kind)) + "\nafter"
    redacted = assert_gone(text)
    assert redacted.startswith(f"before\n{DASHES}BEGIN {kind}{DASHES}\n[REDACTED:private_key]\n")
    assert redacted.endswith(f"{DASHES}END {kind}{DASHES}\nafter")


@pytest.mark.parametrize(
    "prefix", ["2026-11-21T10:00:00.000000001Z ", "2026-11-21 10:00:00 INFO  main - ", "    ", "web-0 | ", "\t> "]
)
def test_a_key_whose_lines_carry_a_prefix_goes_and_the_prefix_stays(prefix: str) -> None:
    redacted = assert_gone("\n".join(prefix + line for line in ["x", *pem(), "y"]))
    assert all(line.startswith(prefix) for line in redacted.split("\n"))
    assert f"{prefix}[REDACTED:private_key]" in redacted


def test_a_key_whose_beginning_the_tail_cut_off_goes() -> None:
    for cut in (1, 5, 9):
        assert_gone("\n".join([pem()[cut][20:], *pem()[cut + 1 :], "after"]))


def test_a_key_whose_end_was_never_printed_goes_and_what_follows_stays() -> None:
    redacted = assert_gone("\n".join([*pem()[:-1], "panic: it died", "at main"]))
    assert redacted.endswith("\npanic: it died\nat main")
    redacted = assert_gone("\n".join(pem()[:4]))
    assert redacted.count("[REDACTED:private_key]") == 3


def test_a_last_line_of_few_characters_goes_too() -> None:
    for length in range(577, 625):
        lines = [f"{DASHES}BEGIN PRIVATE KEY{DASHES}", *body(7, length), f"{DASHES}END PRIVATE KEY{DASHES}"]
        redacted = selected().redact("\n".join(lines)).text
        assert redacted.split("\n")[1:-1] == ["[REDACTED:private_key]"] * (len(lines) - 2)


@pytest.mark.parametrize("length", [577, 580, 590, 592])
def test_one_search_finds_each_line_of_a_key_with_either_end_cut_off(length: int) -> None:
    lines = body(7, length)
    begin, end = f"{DASHES}BEGIN PRIVATE KEY{DASHES}", f"{DASHES}END PRIVATE KEY{DASHES}"
    headers = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00", ""]
    for text in ([begin, *lines], [begin, *headers, *lines], [begin, *lines, end], [*lines, end]):
        assert len(list(PRIVATE_KEY.find(Page("\n".join(text))))) == len(lines)


def test_two_keys_one_after_the_other_both_go() -> None:
    redacted = assert_gone("\n".join([*pem(seed=1), *pem(seed=2), "after"]))
    assert not [line for line in body(2) if line in redacted]


def test_an_encrypted_key_with_headers_goes() -> None:
    key = pem()
    key[1:1] = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF", ""]
    assert "Proc-Type" in assert_gone("\n".join(key))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_key_within_json_goes_however_often_it_is_escaped(depth: int) -> None:
    text = "\n".join(pem()) + "\n"
    for _ in range(depth):
        text = json.dumps({"type": "service_account", "pem": text, "user": "app"})
    redacted = assert_gone(text)
    assert "service_account" in redacted
    assert "app" in redacted


def test_a_key_within_one_line_goes_with_either_end_cut_off() -> None:
    line = "\\n".join(pem())
    assert_gone(f'{{"pem":"{line}","a":1}}')
    assert_gone(f'{{"pem":"{line[:400]}')
    assert_gone(f'{line[60:]}\\n","a":1}}')
    assert_gone(" ".join(pem()))


def test_a_key_in_each_line_of_json_goes() -> None:
    assert_gone("\n".join(json.dumps({"log": line + "\n", "stream": "stderr"}) for line in pem()))


def test_a_key_in_base64_goes_and_a_certificate_stays() -> None:
    key = base64.b64encode("\n".join(pem()).encode()).decode()
    certificate = base64.b64encode(f"{DASHES}BEGIN CERTIFICATE{DASHES}\nMIIC".encode()).decode()
    text = f"data: {certificate}\nother: {key}"
    assert selected().redact(text).text == f"data: {certificate}\nother: [REDACTED:private_key]"


def test_a_sentence_about_keys_stays() -> None:
    text = "no PRIVATE KEY----- found between -----BEGIN and -----END\nMIIEpAIBAAKCAQEA is how one begins"
    assert selected().redact(text).text == text
