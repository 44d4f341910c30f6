"""Passwords that command lines carry in short options, as far as the command tells that they are such. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from kubevigil.crashes.redaction.detector import Page, Span
from kubevigil.crashes.redaction.innocence import stands_for_nothing
from kubevigil.crashes.redaction.pair_values import value_at
from kubevigil.crashes.redaction.scanning import any_of, end_of_line, proposed

_CURL: Final = re.compile(
    r"-u(?:ser)?(?:[ =]|\\?[\"'], ?\\?[\"'])(?:\\?[\"'])?[\w.@+-]{1,64}+:(?P<secret>[^\s\"'\\]++)"
)
"""`-u name:password` of curl, wget and others."""

_COMMANDS: Final = {
    "mysql": re.compile(r"mysql(?:dump|admin|import|check)?(?=\\?[\"']?,? -|\\?[\"'], ?\\?[\"']-)"),
    "mariadb": re.compile(r"mariadb(?:-dump|-admin)?(?=\\?[\"']?,? -|\\?[\"'], ?\\?[\"']-)"),
    "sshpass": re.compile(r"sshpass(?=\\?[\"']?,? \\?[\"']?-)"),
    "redis-cli": re.compile(r"redis-cli(?=\\?[\"']?,? \\?[\"']?-)"),
    "docker": re.compile(r"docker login(?= -)"),
    "podman": re.compile(r"podman login(?= -)"),
}
_OPTIONS: Final = {
    "mysql": re.compile(r"[ \"']-p(?=[^\s\"'-])"),
    "mariadb": re.compile(r"[ \"']-p(?=[^\s\"'-])"),
    "sshpass": re.compile(r"[ \"']-p(?:[ =]|\\?[\"'], ?)?"),
    "redis-cli": re.compile(r"[ \"']-a(?: |\\?[\"'], ?)"),
    "docker": re.compile(r" -p[ =]"),
    "podman": re.compile(r" -p[ =]"),
}
_REACH: Final = 300
"""Characters between the command and its option."""


CLUES: Final = ("-u", *_COMMANDS)


def command_lines(page: Page) -> Iterator[Span]:
    """The passwords of `curl -u name:password`, `mysql -ppassword`, `sshpass -p password`, `redis-cli -a password`."""
    text = page.text
    return any_of(
        proposed(_CURL, text, _user_and_password) if page.may_hold("-u") else (),
        *(proposed(pattern, text, _option) for name, pattern in _COMMANDS.items() if page.may_hold(name)),
    )


def _user_and_password(match: re.Match[str]) -> tuple[Span, ...]:
    """`-u 1000:1000` is a user and a group; `$` begins a variable."""
    before = match.string[max(0, match.start() - 1) : match.start()]
    secret = match["secret"]
    if before not in {"", " ", "\t", "-", "\n", '"', "'"} or secret.isdigit() or secret.startswith(("/", "{")):
        return ()
    return () if stands_for_nothing(secret) else (Span(*match.span("secret")),)


def _option(match: re.Match[str]) -> tuple[Span, ...]:
    text, at = match.string, match.end()
    name = next(name for name in _OPTIONS if match[0].startswith(name))
    option = _OPTIONS[name].search(text, at, end_of_line(text, at, at + _REACH))
    value = value_at(text, option.end(), encoded=False) if option else None
    if value is None or stands_for_nothing(text[value.start : value.end]):
        return ()
    return (Span(value.start, value.end),)
