"""The detectors of values by what they are called: passwords, secrets, tokens, keys, other credentials. Pure."""

from collections.abc import Callable, Iterator
from typing import Final

from kubevigil.crashes.redaction import pair_rules
from kubevigil.crashes.redaction.command_lines import CLUES, command_lines
from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.pair import Accept, Pair, pairs
from kubevigil.crashes.redaction.scanning import any_of

_PAIRS: Final[dict[str, dict[str, tuple[str, Accept]]]] = {
    "password": {
        "pass": (r"pass(?:w(?:or[dt]s?|d)|[_ -]?phrase|code)?", pair_rules.password),
        "pwd": ("pwd", pair_rules.password),
    },
    "secret": {"secret": ("secret", pair_rules.secret)},
    "token": {"token": ("token", pair_rules.token)},
    "api_key": {"key": (r"key(?<=[a-z_. -]key)(?:_?base)?", pair_rules.api_key)},
    "credential": {
        "credential": ("credentials?", pair_rules.credential),
        "auth": ("auth", pair_rules.credential),
        "sess": (r"sess(?:ion)?[_-]?id", pair_rules.credential),
        "otp": ("otp", pair_rules.number),
        "cvv": ("cvv", pair_rules.number),
        "cvc": ("cvc", pair_rules.number),
    },
}
"""By detector and clue: the end of a name, and whether a value of it is a secret."""


def _search(word: str, pattern: str, rule: Accept) -> Callable[[Page], Iterator[Span]]:
    def accept(pair: Pair) -> bool:
        return pair_rules.is_assigned(pair) and not pair_rules.is_innocent(pair) and rule(pair)

    return pairs(word, pattern, accept)


def _detector(name: str) -> Detector:
    finds = [_search(word, *how) for word, how in _PAIRS[name].items()]
    clues = tuple(_PAIRS[name])
    if name == "password":
        finds.append(command_lines)
        clues += CLUES
    return Detector(name, lambda page: any_of(*(find(page) for find in finds)), clues)


PAIRS: Final = tuple(_detector(name) for name in _PAIRS)
