"""Which of the values found beside names are secrets. Pure.

A name is judged by its end: `dbPassword` is one, `passwordFile` and `secretName` are not. The names of Kubernetes'
Secrets are no secrets. In a sentence (`token: expired`) a plain word is taken for a part of it.
"""

import re
from typing import Final

from kubevigil.crashes.redaction import innocence
from kubevigil.crashes.redaction.pair import Pair

_FIELD: Final = re.compile(r"(?:[A-Z][a-z0-9]++)++:")
"""The next field, in what Go prints of a struct whose field is empty: `{Password: Name:x}`."""

_REACH: Final = 80


def is_assigned(pair: Pair) -> bool:
    """Whether what stands between name and value assigns; blanks do after an option, in SQL, in some files."""
    if pair.match["argument"]:
        return pair.is_option or pair.text[pair.name_start - 1 : pair.name_start] == ":"
    return pair.match["blank"] is None or _blank_assigns(pair)


def _blank_assigns(pair: Pair) -> bool:
    if pair.is_option:
        return not pair.content.startswith("-") and pair.text[pair.match.end()] not in "[("
    if _in_file(pair):
        return True
    if pair.value.quoted:
        return pair.word == "pass" and _in_sql(pair)
    return innocence.looks_generated(pair.content)


def _in_file(pair: Pair) -> bool:
    """`requirepass x` of Redis; `login app password x` of .netrc."""
    before = pair.text[max(0, pair.name_start - _REACH) : pair.name_start].split()
    return (pair.before + pair.word).endswith(("requirepass", "masterauth")) or before[-2:-1] == ["login"]


def _in_sql(pair: Pair) -> bool:
    return pair.text[pair.value.start - 1] == "'" and pair.match[0].rstrip()[-1].isalpha()


def is_innocent(pair: Pair) -> bool:
    """Whether the value is no secret, whatever it is called."""
    content = pair.content
    if innocence.stands_for_nothing(content):
        return True
    if innocence.is_path(content) and (pair.word != "pass" or not pair.value.quoted):
        return True
    if not pair.value.quoted and (innocence.is_code(content, pair.name) or innocence.is_placeholder(content)):
        return True
    if pair.match["gap"] and _FIELD.match(content) and not innocence.looks_random(content.partition(":")[0]):
        return True
    return pair.in_sentence and _is_part_of_sentence(content)


def _is_part_of_sentence(content: str) -> bool:
    return innocence.is_plain_word(content) or innocence.is_quantity(content) or innocence.is_address(content)


def _is_fact(content: str) -> bool:
    return innocence.is_status(content) or innocence.is_quantity(content) or innocence.is_address(content)


_BEFORE_PASS: Final = (
    "_",
    "-",
    ".",
    "db",
    "user",
    "my",
    "admin",
    "root",
    "smtp",
    "mail",
    "mysql",
    "pg",
    "redis",
    "require",
)


def password(pair: Pair) -> bool:
    """Whether it is a password."""
    last = pair.match[0]
    if last.startswith("pwd") and innocence.is_path(pair.content):
        return False
    if re.match(r"pass(?!w|phrase|code|[_ -])", last):
        return _bare_pass(pair)
    if re.search(r"\[[\"']\Z", pair.text[pair.match.end() - 1 : pair.value.start]):
        return " " not in pair.content
    return not (pair.in_sentence and innocence.is_status(pair.content))


def _bare_pass(pair: Pair) -> bool:
    """`pass` is a result of tests too, and the end of other words."""
    if not pair.before:
        return pair.text[pair.name_start] == "p" and not innocence.is_quantity(pair.content) and not pair.in_sentence
    camel = pair.text[pair.match.start()] == "P" and pair.text[pair.match.start() - 1].islower()
    return camel or pair.before.endswith(_BEFORE_PASS)


_NO_TOKEN: Final = re.compile(
    r"(?:^|[_.-])(?:(?:next|page|pagination|continue|continuation|resume|sync|cancell?ation|fencing|sequence|shard|start"
    r"|end|stop|eof|bos|eos|max|min|num|total|prompt|completion|input|output|unexpected|pad|unk|sep|cls|mask)[_.-]?)++\Z"
)
_PARSER: Final = re.compile(r"(?:unexpected|illegal|expected|next|unrecognized|unknown|invalid)[ _-]\Z")


def token(pair: Pair) -> bool:
    """Whether it is a token that lets somebody in, not one of a parser, a page, a language model."""
    if _NO_TOKEN.search(pair.before):
        return False
    words = pair.match.string[max(0, pair.name_start - 16) : pair.name_start]
    if _PARSER.search(words) and not innocence.looks_random(pair.content):
        return False
    return not _is_fact(pair.content)


def secret(pair: Pair) -> bool:
    """Whether it is a secret, not the name of a Kubernetes Secret."""
    own = re.fullmatch(
        r"(?:.*[_.-])?(?:client|app|api|auth|jwt|shared|consumer|oauth2?|session|cookie|hmac|webhook|signing)[_.-]?",
        pair.before,
    )
    return not _is_fact(pair.content) and (own is not None or not innocence.is_object_name(pair.content))


_KEYS: Final = re.compile(
    r"(?:api|access|secret|private|encrypt(?:ion)?|decrypt(?:ion)?|sign(?:ing)?|account|shared|master|auth|storage"
    r"|licen[sc]e|service|app|application|subscription|functions|client|consumer|session|crypto?|hmac|jwt|deploy|webhook"
    r"|admin|root|user|wrapping|unseal|recovery|sas|appinsights|instrumentation|write|ingest(?:ion)?|integration|fernet"
    r"|cipher|aes|rsa|ssh|security|activation|token|bearer)[_. -]?\Z"
)


def api_key(pair: Pair) -> bool:
    """Whether it is a key that lets somebody in or deciphers; most that is called `key` is not."""
    start = pair.match.start()
    return _KEYS.search(pair.match.string, max(0, start - 20), start) is not None and not _is_fact(pair.content)


def credential(pair: Pair) -> bool:
    """Whether it looks random: what is called `auth` seldom is a secret."""
    return innocence.looks_random(pair.content) and not _is_fact(pair.content)


def number(pair: Pair) -> bool:
    """Whether it is a number that is asked for once, or is printed on a card."""
    return not pair.before and 3 <= len(pair.content) <= 8 and pair.content.isdigit()  # noqa: PLR2004  their lengths
