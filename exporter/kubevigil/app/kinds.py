"""The kinds of value that a setting can have: how each is read, what is allowed, and how it is shown. Pure.

What comes in is text, or a list of texts where a file has a list: sources know no types, so `no` or `0123` in YAML
mean what is written. Readers raise ValueError and leave the words to `Kind.allowed`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from kubevigil.app import durations, sizes
from kubevigil.app.secret import Secret
from kubevigil.crashes.redaction.names import NAMES
from kubevigil.crashes.redaction.user_patterns import BadPattern, user_detector
from kubevigil.web import listening
from kubevigil.web.errors import CannotListen

T = TypeVar("T")


class Pattern(NamedTuple):
    """What a detector of the user's own is made from; proven to be usable."""

    name: str
    pattern: str


Raw = str | tuple[str, ...]
Shown = str | int | list[str]
"""A value as `config show --json` prints it."""

_NAME_CHARACTERS: Final = 253
"""Kubernetes' own limit for names (RFC 1123 subdomain)."""

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""A namespace's name: an RFC 1123 label."""

_GLOB: Final = re.compile(r"[a-zA-Z0-9.*?\[\]!_-]{1,253}")
_COUNT: Final = re.compile(r"[0-9]{1,15}")
_URL: Final = re.compile(r"[a-z][a-z0-9+]*://\S+")
_URL_PASSWORD: Final = re.compile(r"(://[^:@/]*:).*@")
_URL_OPTION: Final = re.compile(r"((?:passw(?:or)?d|pwd|secret|token)=)[^&]*", re.IGNORECASE)


class Explained(ValueError):
    """A value is refused for a reason that `Kind.allowed` cannot tell; the message is for the reader."""


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of value. `word` stands for it in help (`--listen ADDRESS`)."""

    word: str
    allowed: str
    read: Callable[[Raw], T]
    show: Callable[[T], Shown]
    is_secret: bool = False
    """Whether a value, a wrong one too, may hold what must not be shown."""


def duration(least: str, most: str) -> Kind[float]:
    """Seconds, from `least` to `most`, both included."""
    low, high = durations.seconds_in(least), durations.seconds_in(most)

    def read(raw: Raw) -> float:
        return _within(durations.seconds_in(_one(raw)), low, high)

    return Kind("DURATION", f"{durations.FORM}, {least} to {most}", read, durations.shown)


def count(least: int, most: int) -> Kind[int]:
    """A whole number from `least` to `most`, both included."""

    def read(raw: Raw) -> int:
        return int(_within(int(_matching(_COUNT, _one(raw))), least, most))

    return Kind("NUMBER", f"a whole number, {least} to {most}", read, int)


def size(least: str, most: str) -> Kind[int]:
    """Bytes, from `least` to `most`, both included."""
    low, high = sizes.bytes_in(least), sizes.bytes_in(most)

    def read(raw: Raw) -> int:
        return int(_within(sizes.bytes_in(_one(raw)), low, high))

    return Kind("SIZE", f"{sizes.FORM}, {least} to {most}", read, sizes.shown)


def choice(*words: str) -> Kind[str]:
    """One of `words`."""

    def read(raw: Raw) -> str:
        return words[words.index(_one(raw))]

    return Kind("|".join(words), ", ".join(words[:-1]) + f" or {words[-1]}", read, str)


def _one(raw: Raw) -> str:
    if not isinstance(raw, str):
        raise ValueError("a list, where one value is expected")  # noqa: TRY004  every reader raises ValueError
    return raw


def _several(raw: Raw) -> tuple[str, ...]:
    if isinstance(raw, str):
        return tuple(part.strip() for part in raw.split(",")) if raw.strip() else ()
    return raw


def _within(number: float, least: float, most: float) -> float:
    if not least <= number <= most:
        raise ValueError(f"{number} is not within {least} and {most}")
    return number


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not of the expected form")
    return text


def _each(pattern: re.Pattern[str]) -> Callable[[Raw], tuple[str, ...]]:
    return lambda raw: tuple(dict.fromkeys(_matching(pattern, text) for text in _several(raw)))


def _printable(raw: Raw) -> str:
    text = _one(raw)
    if text and not text.isprintable():
        raise ValueError(f"{text!r} holds what cannot be printed")
    return text


def _name(raw: Raw) -> str:
    text = _printable(raw)
    if not text.strip() or text != text.strip() or len(text) > _NAME_CHARACTERS:
        raise ValueError(f"{text!r} is not a name")
    return text


def _address(raw: Raw) -> str:
    try:
        return listening.shown(listening.parse(_one(raw)))
    except CannotListen as error:
        raise ValueError(str(error)) from error


def _directory(raw: Raw) -> Path:
    text = _printable(raw)
    if not text:
        raise ValueError("empty")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(f"no home directory for {text!r}") from error


def _url(raw: Raw) -> Secret:
    text = _one(raw)
    if text:
        _matching(_URL, text)
    return Secret(text, shown=_URL_OPTION.sub(r"\1***", _URL_PASSWORD.sub(r"\1***@", text)))


def _detectors(raw: Raw) -> tuple[str, ...]:
    names = _several(raw)
    for name in names:
        if name not in NAMES:
            raise Explained(f"there is no detector {name!r}")
    return tuple(dict.fromkeys(names))


def _patterns(raw: Raw) -> tuple[Pattern, ...]:
    lines = raw.splitlines() if isinstance(raw, str) else raw
    found: dict[str, Pattern] = {}
    for line in filter(None, lines):
        name, equals, pattern = line.partition("=")
        if not equals or name in found:
            raise Explained(f"{name!r} is given twice" if equals else f"{line!r} has no '='")
        try:
            user_detector(name, pattern)
        except BadPattern as error:
            raise Explained(str(error)) from error
        found[name] = Pattern(name, pattern)
    return tuple(found.values())


TEXT: Final = Kind("TEXT", "printable text", _printable, str)
FILE: Final = Kind("FILE", "a file's path", _printable, str)
NAME: Final = Kind("NAME", f"1 to {_NAME_CHARACTERS} printable characters, no spaces around them", _name, str)
DIRECTORY: Final = Kind("DIRECTORY", "a directory's path", _directory, str)
ADDRESS: Final = Kind("ADDRESS", "HOST:PORT, such as :8080, 127.0.0.1:8080 or [::1]:8080", _address, str)
NAMESPACES: Final = Kind(
    "NAMESPACES",
    "names of namespaces, each lower-case letters, digits and '-', at most 63; with commas between, or a list",
    _each(_LABEL),
    list,
)
GLOBS: Final = Kind(
    "GLOBS", "names in which * ? [...] may stand for others, with commas between, or a list", _each(_GLOB), list
)
DETECTOR_NAMES: Final = Kind(
    "NAMES",
    f"names of detectors, with commas between, or a list: {', '.join(NAMES)}",
    _detectors,
    list,
)
PATTERNS: Final = Kind(
    "NAME=PATTERN",
    "a list of NAME=PATTERN (a line each, where it is not the file), each pattern in RE2's syntax; a group named "
    "`secret` is taken out, else the whole match",
    _patterns,
    lambda patterns: [f"{p.name}={p.pattern}" for p in patterns],
)
STORE_URL: Final = Kind("URL", "a database's URL, such as sqlite:////data/kubevigil.db, or nothing", _url, str, True)
