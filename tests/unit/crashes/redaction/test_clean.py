"""Lines without a secret stay as they are, byte by byte."""

import pytest

from kubevigil.crashes.redaction.builtin import selected
from tests.conftest import Tell
from tests.unit.crashes.redaction.clean_lines import clean_lines
from tests.unit.crashes.redaction.unseen import LATER_CLEAN, unseen_clean


def touched(lines: list[str]) -> list[str]:
    redactor = selected()
    return [line for line in lines if redactor.redact(line).text != line]


def test_at_most_one_in_a_thousand_clean_lines_is_touched(tell: Tell) -> None:
    lines = clean_lines(20_000, seed=20261121)
    found = touched(lines)
    tell(lines=len(lines), touched=len(found))
    assert len(found) <= len(lines) // 1000


def test_clean_lines_together_are_as_clean_as_one_by_one(tell: Tell) -> None:
    text = "\n".join(clean_lines(20_000, seed=4))
    redacted = selected().redact(text)
    changed = sum(a != b for a, b in zip(text.split("\n"), redacted.text.split("\n"), strict=True))
    tell(lines=20_000, touched=changed)
    assert changed <= 20


def test_clean_lines_that_the_rules_were_not_made_for_are_hardly_touched(tell: Tell) -> None:
    lines = unseen_clean(20)
    found = touched(lines)
    tell(lines=len(lines), touched=len(found))
    assert len(found) <= len(lines) // 1000


def test_of_clean_lines_met_once_after_the_rules_were_done_one_is_touched(tell: Tell) -> None:
    found = touched(LATER_CLEAN)
    tell(lines=len(LATER_CLEAN), touched=len(found))
    assert [line for line in found if "amqp://app:**@mq" not in line] == []


@pytest.mark.parametrize(
    "line",
    [
        "image: registry.example.com/web@sha256:" + "ab12" * 16,
        "pod uid 0b1c2d3e-1234-4abc-8def-0123456789ab, commit 3f2a1bc0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4",
        "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
        'secret "foo" not found',
        "secretName: foo-tls",
        "secret=shop/foo-tls",
        "token=<nil>",
        "password: ",
        "password:\n  key: a",
        "author=jane tokenizer=bpe",
        "max_tokens=100 token_count=7",
        "password=${DB_PASSWORD} token=$(TOKEN) secret={{ .Values.secret }}",
        "password=****",
        "PWD=/srv/app",
        "Unexpected token: }",
        "-----BEGIN CERTIFICATE-----\n" + "MIIC" * 16 + "\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\n" + "MIIC" * 16 + "\n-----END PUBLIC KEY-----",
        "4111 1111 1111 1112",
        "0.4111111111111111",
        "1764000000000000 4111111111111111222",
        "getty@tty1.service rabbit@mq-0.mq.shop.svc.cluster.local git@github.com pkg@1.2.3-beta.one",
    ],
)
def test_what_one_needs_at_night_stays_readable(line: str) -> None:
    assert touched([line]) == []
