"""Planted secrets, thousands of them: none survives, whole or as a long part."""

import re

from kubevigil.crashes.redaction.builtin import DETECTORS, selected
from tests.conftest import Tell
from tests.unit.crashes.redaction.planted import Planted, long_parts, planted
from tests.unit.crashes.redaction.unseen import NO_NAME, later_secrets, unseen_secrets

MARKER = re.compile(r"\[REDACTED:\w+\]")


def survivors(texts: list[Planted]) -> list[Planted]:
    redactor = selected()
    survived = []
    for one in texts:
        left = MARKER.sub("|", redactor.redact(one.text).text)
        if any(part in left for secret in one.secrets for part in (secret, *long_parts(secret))):
            survived.append(one)
    return survived


def test_none_of_thousands_of_planted_secrets_survives_not_even_a_part_of_six_characters(tell: Tell) -> None:
    texts = list(planted(seed=20261121, rounds=3))
    survived = survivors(texts)
    tell(planted=len(texts), survived=len(survived))
    assert len(texts) >= 5000
    assert survived == []


def test_of_secrets_in_unseen_lines_only_those_survive_that_nothing_names(tell: Tell) -> None:
    texts = unseen_secrets(seed=77)
    survived = survivors(texts)
    tell(planted=len(texts), survived=len(survived), kinds_that_survive=len({one.kind for one in survived}))
    assert {one.kind for one in survived} <= NO_NAME


def test_at_most_one_in_twenty_secrets_survives_in_lines_met_once_after_the_rules_were_done(tell: Tell) -> None:
    texts = later_secrets(seed=12)
    survived = survivors(texts)
    tell(planted=len(texts), survived=len(survived), kinds_that_survive=len({one.kind for one in survived}))
    assert len(survived) <= len(texts) // 20


def test_every_built_in_detector_is_the_one_that_names_something() -> None:
    redactor = selected()
    named: set[str] = set()
    for one in planted(seed=3):
        named |= redactor.redact(one.text).hits.keys()
    elsewhere = {"private_key", "vendor", "azure", "credential"}  # each has tests of its own
    assert set(DETECTORS) - elsewhere <= named


def test_each_detector_can_be_switched_off_alone() -> None:
    for name in DETECTORS:
        assert set(selected({name}).names) == set(DETECTORS) - {name}
    text = "mail jane.doe@example.com password=hunter2"
    assert selected({"email"}).redact(text).text == "mail jane.doe@example.com password=[REDACTED:password]"
