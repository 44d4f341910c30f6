"""Which server answers at `GET /`, and whether we know how to set it up. Pure."""

import re
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from kubevigil.delivery.errors import DeliveryError, NotUnderstood
from kubevigil.model.wording import one_line

_OLDEST_ELASTICSEARCH: Final = (7, 8)
"""The first with composable index templates."""

_OLDEST_OPENSEARCH: Final = (1, 0)
_VERSION: Final = re.compile(r"(\d{1,4})\.(\d{1,4})")


class Kind(StrEnum):
    """The two families."""

    ELASTICSEARCH = "elasticsearch"
    OPENSEARCH = "opensearch"


class TooOld(DeliveryError):
    """A server that has no composable index templates."""


class Server(Struct, frozen=True):
    """A server that can be set up. `number` is what it calls its version."""

    kind: Kind
    number: str
    cluster: str = ""


class _Version(Struct):
    number: str
    distribution: str = ""


class _Root(Struct):
    version: _Version
    cluster_name: str = ""
    tagline: str = ""


def server_of(answer: bytes) -> Server:
    """The server whose answer to `GET /` that is. Raises NotUnderstood, TooOld.

    OpenSearch can be told to call itself Elasticsearch 7.10.2; what it says beside that gives it away.
    """
    try:
        root = msgspec.json.decode(answer, type=_Root)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        told = one_line(answer[:400].decode("utf-8", "replace"), 100)
        raise NotUnderstood(f"neither Elasticsearch nor OpenSearch answers there: {told or 'empty'}") from error
    is_opensearch = root.version.distribution == "opensearch" or "OpenSearch" in root.tagline
    server = Server(
        Kind.OPENSEARCH if is_opensearch else Kind.ELASTICSEARCH,
        one_line(root.version.number, 30),
        one_line(root.cluster_name, 100),
    )
    oldest = _OLDEST_OPENSEARCH if is_opensearch else _OLDEST_ELASTICSEARCH
    found = _VERSION.match(server.number)
    if found is None or tuple(map(int, found.groups())) < oldest:
        needed = ".".join(map(str, oldest))
        raise TooOld(f"{server.kind} {server.number} has no composable index templates; {needed} or newer is needed")
    return server
