"""The kinds of value that settings about Elasticsearch and OpenSearch have. Pure."""

import re
from typing import Final
from urllib.parse import urlsplit

from kubevigil.app.kinds import Explained, Kind, Raw
from kubevigil.app.secret import Secret
from kubevigil.delivery import hosts, indices

_REGION: Final = re.compile(r"([a-z]{2,12}(-[a-z0-9]{1,12}){1,5})?")


def _hosts(raw: Raw) -> tuple[str, ...]:
    texts = [part.strip() for part in raw.split(",")] if isinstance(raw, str) else list(raw)
    return tuple(dict.fromkeys(_host(text) for text in texts if text))


def _host(text: str) -> str:
    if "@" in urlsplit(text).netloc:
        raise Explained("a URL here has no user or password; elasticsearch.username and .password are for these")
    return hosts.checked_url(text)


def _index(raw: Raw) -> str:
    if not isinstance(raw, str):
        raise ValueError("a list, where one value is expected")  # noqa: TRY004  every reader raises ValueError
    return indices.checked_prefix(raw)


def _region(raw: Raw) -> str:
    if not isinstance(raw, str) or _REGION.fullmatch(raw) is None:
        raise ValueError("no region's name")
    return raw


def _secret(raw: Raw) -> Secret:
    if not isinstance(raw, str) or not raw.isprintable():
        raise ValueError("not one line of text")
    return Secret(raw) if raw else Secret("", shown="")


HOSTS: Final = Kind("URLS", f"URLs: {hosts.ALLOWED}; with commas between, or a list", _hosts, list, is_secret=True)
"""A wrong value may hold a password, so it is not shown."""

INDEX: Final = Kind("PREFIX", indices.ALLOWED, _index, str)
REGION: Final = Kind("REGION", "a region's name, such as eu-west-1", _region, str)
SECRET: Final = Kind("SECRET", "one line of printable text; by environment or file only", _secret, str, is_secret=True)
