"""Annotations of others, made fit to be label values."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.model.pod import Annotations
from kubevigil.pods.ownership import OWNER_LENGTH, owner_of, ownership_of, slack_channel_of

anything = st.text(st.characters(codec=None, categories=None), max_size=300)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("team-checkout", "team-checkout"),
        ("  Checkout \t& Payments\n", "Checkout & Payments"),
        ("équipe Paiement", "équipe Paiement"),
        ("支払い\u3000チーム", "支払い チーム"),
        ("first line\nsecond", "first line second"),
        ("bell\x07 and \x1b[31mred\x1b[0m", "bell and [31mred[0m"),
        ("\u202eevil\u200b", "evil"),
        ("\ud800half", "half"),
        ("x" * 64, "x" * 63),
        ("x" * 62 + " y", "x" * 62),
        ("x" * 262_144, "x" * 63),
        *((nothing, "") for nothing in ("", "   ", "\n", "\x00\x07", "\u200b")),
    ],
)
def test_an_owner_is_one_line_of_printable_characters_or_nothing(text: str, owner: str) -> None:
    assert owner_of(text) == owner


def test_of_an_owner_of_any_length_the_beginning_is_read_alone() -> None:
    assert owner_of(" " * 255 + "early") == "e"
    assert owner_of(" " * 256 + "late") == ""


@given(anything)
def test_whatever_is_annotated_an_owner_is_short_trimmed_and_shows_nothing_unseen(text: str) -> None:
    owner = owner_of(text)
    assert len(owner) <= OWNER_LENGTH
    assert owner == owner.strip()
    assert not [c for c in owner if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert owner_of(owner) == owner


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("checkout-alerts", "#checkout-alerts"),
        ("#checkout-alerts", "#checkout-alerts"),
        (" #checkout_alerts\n", "#checkout_alerts"),
        ("障害-通知", "#障害-通知"),
        ("störungen", "#störungen"),
        ("c0123abcd", "#c0123abcd"),
        ("C0123ABCD", "C0123ABCD"),
        ("G01ABCDEF23", "G01ABCDEF23"),
        ("D01ABCDEF23", "D01ABCDEF23"),
        ("x" * 80, "#" + "x" * 80),
    ],
)
def test_a_channel_has_one_spelling_and_an_id_stays_as_it_is(text: str, channel: str) -> None:
    assert slack_channel_of(text) == channel


@pytest.mark.parametrize(
    "text",
    [
        *("", "#", "##a", "a#b", "x" * 81, "#" + "x" * 81, "x" * 262_144),
        *("Checkout", "CHECKOUT", "störungeN", "check out", "check.out", "a\nb", "a\x00", "a\u200bb", "\ud800"),
        *("#C0123ABCD", "C0123ABC", "U0123ABCD", "C0123-BCD", "C" + "0" * 32, "@alice", "<!channel>", "<#C0123ABCD>"),
        *('a"b', "a\\", "a,b", "{{ .Foo }}", "https://hooks.example.test/services/x"),
    ],
)
def test_what_is_no_channel_is_as_if_it_were_not_annotated(text: str) -> None:
    assert slack_channel_of(text) == ""


@given(anything | st.from_regex(r"#?[\w-]{1,90}") | st.from_regex(r"[CGDU]?[A-Z0-9]{5,40}"))
def test_whatever_is_annotated_a_channel_is_a_name_or_an_id_and_has_one_spelling(text: str) -> None:
    channel = slack_channel_of(text)
    assert channel == "" or re.fullmatch(r"#[\w-]{1,80}|[CGD][A-Z0-9]{8,31}", channel)
    assert slack_channel_of(channel) == channel
    if channel.startswith("#"):
        assert slack_channel_of(channel[1:]) == channel
        assert not [c for c in channel if unicodedata.category(c) in {"Lu", "Lt"}]


@pytest.mark.parametrize(
    ("annotations", "found"),
    [
        (None, None),
        (Annotations(), None),
        (Annotations(redaction="off"), None),
        (Annotations(owner=" ", slack_channel="No Channel"), None),
        (Annotations(owner="shop"), ("shop", "")),
        (Annotations(slack_channel="shop"), ("", "#shop")),
        (Annotations(owner="shop", slack_channel="No Channel"), ("shop", "")),
        (Annotations(owner="shop", slack_channel="shop"), ("shop", "#shop")),
    ],
)
def test_one_of_both_is_enough_and_what_is_not_usable_is_absent(
    annotations: Annotations | None, found: tuple[str, str] | None
) -> None:
    assert ownership_of(annotations) == found
