"""What becomes of each document that was sent. Pure.

Whatever the answer, each id that was sent gets exactly one verdict. A document is given up only for a fault that lies
in itself; what is said of the cluster, of rights or of an index is waited out, as is what cannot be understood.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kubevigil.delivery import answers
from kubevigil.delivery.answers import ItemAnswer
from kubevigil.delivery.errors import NotUnderstood, Reason


@dataclass(frozen=True, slots=True)
class Sent:
    """It is there now."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """It was there already, from an earlier attempt or by somebody else's."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; again, `after` so many seconds at the earliest."""

    reason: Reason
    words: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """Never, as it is."""

    reason: Reason
    words: str


Verdict = Sent | Duplicate | Retry | Refused

_CREATED: Final = frozenset({200, 201})
_CONFLICT: Final = 409
_CONFLICTS: Final = frozenset({"", "version_conflict_engine_exception"})
_NOT_ITS_FAULT: Final[Mapping[str, Reason]] = {
    "security_exception": Reason.CREDENTIALS,
    "index_not_found_exception": Reason.NO_INDEX,
    "index_closed_exception": Reason.NO_INDEX,
    "invalid_index_name_exception": Reason.NO_INDEX,
    "invalid_alias_name_exception": Reason.NO_INDEX,
    "cluster_block_exception": Reason.NO_INDEX,
    # What a cluster says, with status 400, whose shards are as many as it allows.
    "validation_exception": Reason.NO_INDEX,
    "circuit_breaking_exception": Reason.THROTTLED,
}
"""Errors that say nothing of the document, whatever the status."""

_WAITED_OUT: Final[Mapping[int, Reason]] = {
    401: Reason.CREDENTIALS,
    403: Reason.CREDENTIALS,
    404: Reason.NO_INDEX,
    408: Reason.SERVER,
    _CONFLICT: Reason.SERVER,
    429: Reason.THROTTLED,
}
_MAPPING: Final = frozenset(
    {"mapper_parsing_exception", "document_parsing_exception", "strict_dynamic_mapping_exception"}
)
"""Elasticsearch 7, OpenSearch; Elasticsearch 8; either."""

_UNANSWERED: Final = Retry(Reason.UNANSWERED, "the answer does not tell what became of it")
_CONTRADICTED: Final = Retry(Reason.UNANSWERED, "the answer tells of it twice, and differently")


def verdicts_of(answer: bytes, ids: Iterable[str]) -> dict[str, Verdict]:
    """The verdict on each of the ids, by the body of an answer with a status of success."""
    sent = dict.fromkeys(ids)
    found: dict[str, Verdict] = {}
    try:
        told = answers.read(answer)
    except NotUnderstood as error:
        return dict.fromkeys(sent, Retry(Reason.UNANSWERED, str(error)))
    for item in told:
        verdict = _verdict(item)
        found[item.id] = verdict if found.get(item.id, verdict) == verdict else _CONTRADICTED
    return {id_: found.get(id_, _UNANSWERED) for id_ in sent}


def _verdict(item: ItemAnswer) -> Verdict:
    if item.status in _CREATED:
        return Sent()
    if item.status == _CONFLICT and item.fault in _CONFLICTS:
        return Duplicate()
    reason = _NOT_ITS_FAULT.get(item.fault) or _WAITED_OUT.get(item.status)
    if reason is not None:
        return Retry(reason, _words(item))
    if 400 <= item.status < 500:  # noqa: PLR2004  HTTP's client errors
        return Refused(Reason.MAPPING if item.fault in _MAPPING else Reason.DOCUMENT, _words(item))
    return Retry(Reason.SERVER if item.status >= 500 else Reason.UNANSWERED, _words(item))  # noqa: PLR2004  server's


def _words(item: ItemAnswer) -> str:
    return item.words or f"status {item.status}"
