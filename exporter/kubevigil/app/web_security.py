"""From a web configuration file to the `Security` of the server; all that is wrong with it is told at once."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from kubevigil.app.errors import Fault
from kubevigil.app.sources import SettingsError
from kubevigil.app.web_file import NAME, Entry, Keys, entries_in
from kubevigil.app.web_keys import HEADERS, HTTP, KEYS, MAPS, RATE, TLS, USER, USERS, Key
from kubevigil.app.web_tls import Files, TlsReading
from kubevigil.web.answering import SECURITY
from kubevigil.web.security import OPEN, Rate, Security

_IN_CLEAR: Final = "passwords cross the network unencrypted; add a tls_server_config"


class Caveat(NamedTuple):
    """A key that does less than one might think, and why."""

    key: str
    reason: str


class WebConfig(NamedTuple):
    """A file as it was read. `files` tells whether it, or one that it names, has changed since."""

    security: Security
    caveats: Sequence[Caveat]
    files: Files


NONE: Final = WebConfig(OPEN, (), Files())
"""Without a file: plain HTTP for everybody."""


def read(path: Path) -> WebConfig:
    """Reads the file and those that it names, relative to its folder. Raises SettingsError with all faults."""
    files = Files()
    try:
        data = files.read(path)
    except ValueError as error:
        raise SettingsError([Fault(NAME, f"file {path}", None, str(error))]) from error
    entries, faults = entries_in(path, data, MAPS)
    values = _values(entries, faults)
    tls = TlsReading(path.parent, values, entries, files)
    encryption = tls.encryption()
    rate = _rate(values, entries, faults)
    faults += tls.faults
    if faults:
        raise SettingsError(faults)
    users = {keys[1]: value for keys, value in values.items() if keys[0] == USERS}
    security = Security(encryption=encryption, users=users, headers=_headers(values), rate=rate)
    return WebConfig(security, list(_caveats(values, security)), files)


def _values(entries: Sequence[Entry], faults: list[Fault]) -> Mapping[Keys, Any]:
    values = {}
    for entry in entries:
        key = _key_of(entry)
        if key is None:
            if entry.keys not in MAPS:
                faults.append(Fault(".".join(entry.keys), entry.source, None, _unknown(entry.keys)))
            continue
        if entry.value is None and key is not USER:
            continue
        try:
            values[entry.keys] = key.read(entry.value)
        except ValueError:
            faults.append(_not_allowed(entry, key))
    return values


def _key_of(entry: Entry) -> Key | None:
    match entry.keys:
        case (section, name) if section == USERS and name and ":" not in name:
            return USER
        case keys:
            return KEYS.get(keys)


def _not_allowed(entry: Entry, key: Key) -> Fault:
    shown = entry.value if isinstance(entry.value, str) else ", ".join(entry.value or ())
    name = ".".join(entry.keys)
    return Fault(name, entry.source, "***" if key.is_secret else shown, f"allowed: {key.allowed}")


def _unknown(keys: Keys) -> str:
    if keys[0] == USERS:
        return "no user's name: it may not be empty or hold a colon (RFC 7617)"
    known = {".".join(names): names for names in [*KEYS, *MAPS] if names}
    nearest = get_close_matches(".".join(keys), known, n=1)
    return f"unknown; did you mean {nearest[0]}?" if nearest else f"unknown; there are {TLS}, {HTTP}, {USERS}, {RATE}"


def _rate(values: Mapping[Keys, Any], entries: Sequence[Entry], faults: list[Fault]) -> Rate | None:
    interval, sources = values.get((RATE, "interval"), 0.0), {entry.keys: entry.source for entry in entries}
    if interval and (RATE, "burst") not in sources:
        advice = "missing; give how many requests may come at once"
        faults.append(Fault(f"{RATE}.burst", sources[RATE, "interval"], None, advice))
    return Rate(interval, values.get((RATE, "burst"), 1)) if interval else None


def _headers(values: Mapping[Keys, Any]) -> tuple[tuple[str, str], ...]:
    given = {keys[-1]: value for keys, value in values.items() if keys[:-1] == HEADERS and value}
    return tuple((dict(SECURITY) | given).items())


def _caveats(values: Mapping[Keys, Any], security: Security) -> Sequence[Caveat]:
    """What the file asks for and does not get (none of it lets in whom it would keep out), and what is unsafe."""
    found = []
    if values.get((HTTP, "http2")):
        found.append(Caveat(f"{HTTP}.http2", "HTTP/1.1 is what this port speaks"))
    if values.get((TLS, "curve_preferences")):
        found.append(Caveat(f"{TLS}.curve_preferences", "the curves are OpenSSL's own choice"))
    if values.get((TLS, "client_auth_type")) == "RequestClientCert":
        found.append(
            Caveat(f"{TLS}.client_auth_type", "a client's certificate would not be verified: none is asked for")
        )
    if security.users and security.encryption is None:
        found.append(Caveat(USERS, _IN_CLEAR))
    return found
