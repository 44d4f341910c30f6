"""The kinds of value that settings about health checks have. Pure."""

import re
from typing import Final

from kubevigil.app.kinds import Explained, Kind, Raw

_LABEL: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_LEASE: Final = re.compile(rf"({_LABEL}/)?(?P<name>{_LABEL}(\.{_LABEL})*)")
_LONGEST_NAME: Final = 253
"""Characters. Source: Kubernetes documentation, "Object Names and IDs"."""

_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
"""Source: Kubernetes documentation, "Labels and Selectors"."""

_HOST: Final = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*", re.IGNORECASE)

_ACCOUNT: Final = re.compile(r"[-a-z0-9*]{1,63}/[-a-z0-9.*]{1,253}")


def _lease(raw: Raw) -> str:
    text = _one(raw)
    found = _LEASE.fullmatch(text)
    if text and (found is None or len(found["name"]) > _LONGEST_NAME):
        raise ValueError(f"{text!r} is no name")
    return text


def _instance_id(raw: Raw) -> str:
    text = _one(raw)
    if _LABEL_VALUE.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no value of a label")
    return text


def _hosts(raw: Raw) -> tuple[str, ...]:
    texts = [part.strip() for part in raw.split(",")] if isinstance(raw, str) else list(raw)
    return tuple(dict.fromkeys(_host(text) for text in texts if text))


def _host(text: str) -> str:
    if "://" in text:
        raise Explained(f"{text!r} is an address; its host alone is wanted")
    if _HOST.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no host")
    return text.lower()


def _accounts(raw: Raw) -> tuple[str, ...]:
    texts = [part.strip() for part in raw.split(",")] if isinstance(raw, str) else list(raw)
    found = tuple(dict.fromkeys(text for text in texts if text))
    for text in found:
        if _ACCOUNT.fullmatch(text) is None:
            raise ValueError(f"{text!r} is no service account")
    return found


def _one(raw: Raw) -> str:
    if not isinstance(raw, str):
        raise ValueError("a list, where one value is expected")  # noqa: TRY004  every reader raises ValueError
    return raw


LEASE: Final = Kind(
    "LEASE",
    "NAME or NAMESPACE/NAME, lower-case letters, digits and '-', in NAME '.' too; or nothing",
    _lease,
    str,
)
INSTANCE_ID: Final = Kind(
    "ID", "what a label may hold: up to 63 letters, digits, '-', '_' and '.', or nothing", _instance_id, str
)
HOSTS: Final = Kind(
    "HOSTS", "names of hosts, `*.` before one for all below it; with commas between, or a list", _hosts, list
)
ACCOUNTS: Final = Kind(
    "ACCOUNTS",
    "NAMESPACE/NAME of service accounts, `*` for any letters; with commas between, or a list",
    _accounts,
    list,
)
