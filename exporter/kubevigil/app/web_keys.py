"""Every key of a web configuration file, declared once: how it is read and what it may be.

The format is that of the Prometheus exporter-toolkit, `docs/web-configuration.md` (v0.14); `docs/web-config.md` says
where we differ. Readers take what is written and raise ValueError, as those of `kinds` do.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kubevigil.app.web_file import Keys, Value
from kubevigil.web.passwords import cost_of
from kubevigil.web.tls import CIPHERS, CIPHERS_13, ClientAuth, Version

TLS: Final = "tls_server_config"
HTTP: Final = "http_server_config"
USERS: Final = "basic_auth_users"
RATE: Final = "rate_limit"
HEADERS: Final = (HTTP, "headers")
MAPS: Final[frozenset[Keys]] = frozenset([(), (TLS,), (HTTP,), HEADERS, (USERS,), (RATE,)])

CURVES: Final = ("CurveP256", "CurveP384", "CurveP521", "X25519")

_YES, _NO = {"true", "yes", "on", "y"}, {"false", "no", "off", "n"}
_HASH: Final = re.compile(r"\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}")
_COSTS: Final = range(4, 17)
"""bcrypt's least, and about five seconds a check; a scraper gives up after ten."""

_DURATION: Final = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h))+|0")
_PART: Final = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST: Final = 86_400.0
_MOST: Final = 1_000_000
_MOST_DIGITS: Final = 7


class Key(NamedTuple):
    """One key. What is secret is not shown in a fault."""

    allowed: str
    read: Callable[[Value], Any]
    is_secret: bool = False


def _one(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError("one value is expected")  # noqa: TRY004  every reader raises ValueError
    return value


def _text(value: Value) -> str:
    text = _one(value)
    if not text or not text.isprintable():
        raise ValueError("empty, or not printable")
    return text


def _pem(value: Value) -> bytes:
    text = _one(value)
    if "-----BEGIN " not in text:
        raise ValueError("not PEM")
    return text.encode("ascii")


def _choice(*words: str) -> Key:
    def read(value: Value) -> str:
        return words[words.index(_one(value))]

    return Key(f"{', '.join(words[:-1])} or {words[-1]}" if words[1:] else words[0], read)


def _several(words: tuple[str, ...]) -> Key:
    def read(value: Value) -> tuple[str, ...]:
        found = (value,) if isinstance(value, str) else value or ()
        return tuple(words[words.index(word)] for word in found)

    return Key(f"a list of {', '.join(words)}", read)


def _truth(value: Value) -> bool:
    word = _one(value).lower()
    if word not in _YES | _NO:
        raise ValueError("neither true nor false")
    return word in _YES


def _names(value: Value) -> frozenset[str]:
    names = (value,) if isinstance(value, str) else value or ()
    if not names or not all(map(_text, names)):
        raise ValueError("no name")
    return frozenset(names)


def _hash(value: Value) -> str:
    text = _one(value)
    if _HASH.fullmatch(text) is None or cost_of(text) not in _COSTS:
        raise ValueError("not such a hash")
    return text


def _header(value: Value) -> str:
    text = _one(value)
    if not text.isascii() or (text and not text.isprintable()):
        raise ValueError("not printable ASCII")
    return text


def _duration(value: Value) -> float:
    text = _one(value)
    if _DURATION.fullmatch(text) is None:
        raise ValueError("not a duration")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if seconds > _LONGEST:
        raise ValueError("too long")
    return seconds


def _count(value: Value) -> int:
    text = _one(value)
    if not re.fullmatch(r"[0-9]+", text) or len(text) > _MOST_DIGITS or not 1 <= int(text) <= _MOST:
        raise ValueError("not such a number")
    return int(text)


_FILE: Final = Key("a file's path, absolute or relative to this file", _text)
_PEM: Final = Key("certificates in PEM", _pem)
_TRUTH: Final = Key("true or false", _truth)
_FREE_HEADER: Final = Key("printable ASCII", _header)
_VERSION: Final = _choice(*(version.value for version in Version))
_AUTH: Final = _choice("RequestClientCert", *(kind.value for kind in ClientAuth))
_UNVERIFIED: Final = "; a certificate that is not verified proves nothing, so other types are not served"

KEYS: Final[Mapping[Keys, Key]] = {
    (TLS, "cert"): _PEM,
    (TLS, "key"): Key("a private key in PEM, without a password", _pem, is_secret=True),
    (TLS, "client_ca"): _PEM,
    (TLS, "cert_file"): _FILE,
    (TLS, "key_file"): _FILE,
    (TLS, "client_ca_file"): _FILE,
    (TLS, "client_auth_type"): _AUTH._replace(allowed=_AUTH.allowed + _UNVERIFIED),
    (TLS, "client_allowed_sans"): Key("a list of one or more DNS names, addresses, e-mail addresses or URIs", _names),
    (TLS, "min_version"): _VERSION,
    (TLS, "max_version"): _VERSION,
    (TLS, "cipher_suites"): _several((*CIPHERS, *CIPHERS_13)),
    (TLS, "prefer_server_cipher_suites"): _TRUTH,
    (TLS, "curve_preferences"): _several(CURVES),
    (HTTP, "http2"): _TRUTH,
    (*HEADERS, "Strict-Transport-Security"): _FREE_HEADER,
    (*HEADERS, "Content-Security-Policy"): _FREE_HEADER,
    (*HEADERS, "X-XSS-Protection"): _FREE_HEADER,
    (*HEADERS, "X-Frame-Options"): _choice("deny", "sameorigin"),
    (*HEADERS, "X-Content-Type-Options"): _choice("nosniff"),
    (RATE, "interval"): Key("a duration such as 1s, 250ms or 1m, at most 24h; 0 for no limit", _duration),
    (RATE, "burst"): Key(f"a whole number, 1 to {_MOST}", _count),
}
"""All keys but the users, whose names are the file's own."""

USER: Final = Key(
    f'a bcrypt hash of cost {_COSTS.start} to {_COSTS.stop - 1}, such as `htpasswd -nBC 10 ""` makes', _hash, True
)
