"""Which values are no secrets although what they are assigned to sounds like one. Pure.

`token=<nil>`, `password: ${DB_PASSWORD}`, `secret: not found`: hiding these helps nobody and hides the cause.
Only short values are looked at.
"""

import itertools
import re
from typing import Final

from kubevigil.crashes.redaction.innocent_words import NOTHING, STATUS

_LONGEST: Final = 120
"""Characters. What is longer is no word, no path and no stand-in."""

_MASK: Final = re.compile(
    r"[*\u2022\u25cf.xX#_\-?]{2,}|.{0,4}\*{3,}.{0,4}"
    r"|[\[(<]?(?:redacted|hidden|masked|filtered|sensitive|secret)\b.{0,60}[\])>]",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(
    r"\$\{.+|\$\([\w.-]+\)?|\$[A-Z_][A-Z0-9_]*|\$\d{1,3}|[?:]\w*|\{\{.+"  # shells, SQL, templates
    r"|%\(?\w{0,20}\)?[svdqr]|@[a-z]+@|<[^<>]*>?"  # formats
    r"|(?:os\.|process\.)?(?:get)?(?:env|secretref|secretkeyref|vault|file|param)[.:(\[].+|(?:os|viper|config)\..+"
)
_PATH: Final = re.compile(
    r"(?:file://)?(?:\.{0,2}/|[A-Z]:\\)(?:var|run|etc|home|app|usr|opt|tmp|data|root|secrets?|mnt|vault|srv|src|workspace"
    r"|proc|dev|certs?|keys?|config|bitnami|go|lib|[\w-]+/secrets?)(?:[/\\][\w.@+-]*)*"
    r"|[\w./-]+\.(?:pem|key|crt|txt|ya?ml|json|jks|p12|pfx|env)",
)
_POINTER: Final = re.compile(r"\(?\*?\w*\)?\(?0x[0-9a-f]{1,16}\)?")
_QUANTITY: Final = re.compile(
    r"-?\d{1,5}(?:\.\d+)?|(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|[KMG]i?B?|%))+"
    r"|\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|sha256:[0-9a-f]+",
)
_CALL: Final = re.compile(r"[A-Za-z_]{3}[\w.]*\([\w.\[\]\"'=]*[),]")
_VARIABLE: Final = re.compile(
    r"(?:req|request|res|response|this|self|ctx|settings|options|opts|params|args|props|state)(?:\.|\?\.|\[).*"
)
_PLACEHOLDER: Final = re.compile(
    r"[A-Z_]*(?:PASS|TOKEN|SECRET|NAME|KEY|VALUE|STRING|FILE|TEXT|YOUR|CREDENTIAL)[A-Z_]*[\])]*"
)
_STRUCTURE: Final = re.compile(r"(?:map\[|&?\{|\(?struct|\[\]|&?\w+\{).*")
_ERROR_NAME: Final = re.compile(
    r"[\w.$]*(?:Error|Exception|Failure|Expired|Invalid|NotFound|Denied|Required|Mismatch)[:.]*"
)
_WORD: Final = re.compile(
    r"[\"'(\[]*[A-Za-z]{1,15}(?:[-_./][A-Za-z]{1,15}){0,3}(?:'[a-z]{1,2})?[\"')\].:,;!?]*|[a-z]{2,6}\d{1,4}:"
)
_NAME: Final = re.compile(
    r"(?:[a-z]{1,20}\d{0,2}|v?\d{1,5})(?![A-Za-z0-9])"
    r"(?:[-./](?:(?:[a-z]{1,20}\d{0,2}|v?\d{1,5})(?![A-Za-z0-9])|[A-Za-z0-9]{5,6}\Z))++"
)
"""A Kubernetes object's name of several words, perhaps with its namespace: `shop/db-tls`, `default-token-x7k2p`."""


def stands_for_nothing(value: str) -> bool:
    """Whether it is nothing, a stand-in (`***`, `<redacted>`) or a reference to where the secret is kept."""
    if len(value) > _LONGEST:
        return False
    if not any(c.isalnum() for c in value) or value.strip("\"'()[]{}<>,;:.").lower() in NOTHING:
        return True
    return any(p.fullmatch(value) for p in (_MASK, _REFERENCE, _POINTER, _STRUCTURE))


def is_code(value: str, name: str) -> bool:
    """Whether it is a call or a variable, as in a line of a program's source that a stack trace shows."""
    if len(value) > _LONGEST:
        return False
    return value.lower().rstrip(",)") == name or any(p.fullmatch(value) for p in (_CALL, _VARIABLE))


def is_placeholder(value: str) -> bool:
    """Whether it says what to put there, as texts on usage do: `TOKEN`."""
    return len(value) <= _LONGEST and _PLACEHOLDER.fullmatch(value) is not None


def is_path(value: str) -> bool:
    """Whether it is the path of a file: where a secret is mounted, where a process works."""
    return len(value) <= _LONGEST and _PATH.fullmatch(value) is not None


def is_quantity(value: str) -> bool:
    """Whether it is a small number, a duration, a size, a time or a digest."""
    return len(value) <= _LONGEST and _QUANTITY.fullmatch(value) is not None


def is_status(value: str) -> bool:
    """Whether it says how something is, or which kind, as `expired` or `basic` do."""
    return len(value) <= _LONGEST and value.strip("\"'().,;:!").lower() in STATUS


def is_address(value: str) -> bool:
    """Whether it is the address of something that can be asked for."""
    return value.startswith(("http://", "https://", "gs://", "s3://"))


def is_plain_word(value: str) -> bool:
    """Whether it reads as a word of a sentence, or the name of an error."""
    return len(value) <= _LONGEST and (_WORD.fullmatch(value) or _ERROR_NAME.fullmatch(value)) is not None


def is_object_name(value: str) -> bool:
    """Whether it reads as the name of a Kubernetes object that has several words."""
    return len(value) <= _LONGEST and _NAME.fullmatch(value) is not None


def looks_random(value: str) -> bool:
    """Whether at least eight characters are of several kinds: no word, no name, no number. All that is long does."""
    if len(value) > _LONGEST:
        return True
    if len(value) < 8 or is_object_name(value):  # noqa: PLR2004  what the docstring says
        return False
    digits, letters = any(c.isdigit() for c in value), any(c.isalpha() for c in value)
    mixed = any(a.islower() and b.isupper() for a, b in itertools.pairwise(value))
    return letters and (digits or mixed)


def looks_generated(value: str) -> bool:
    """Whether it has digits, small and large letters among at least twelve characters, and else only `_~-+/=`."""
    value = value[:_LONGEST]
    if len(value) < 12 or not re.fullmatch(r"[\w~+/=-]+", value):  # noqa: PLR2004  what the docstring says
        return False
    return any(c.isdigit() for c in value) and any(c.islower() for c in value) and any(c.isupper() for c in value)
