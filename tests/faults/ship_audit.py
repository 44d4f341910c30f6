"""The audit of what arrived: each crash of the truth is in the index once, where it belongs, with its own words.

Pure: compares, and touches nothing. The truth is what the simulated cluster made happen and what each instance printed;
the index is what the stand-in took.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from kubevigil.demo.truth import TrueEnd
from kubevigil.model.clock import rfc3339
from kubevigil.model.record import CaptureResult

from .findings import Findings
from .search_stand_in import Held, Place

PREFIX = "k8s-crash-monitor-"
_WORDS = 60


class Arrived(NamedTuple):
    """A document and where it is."""

    place: Place
    source: dict[str, Any]


class IndexVerdict(Findings, kw_only=True):
    """`lost` are crashes that are not there, `doubled` those that are more than once, `wrong` false documents."""

    crashes: int
    with_log: int = 0

    @property
    def figures(self) -> dict[str, int]:
        """What a test tells."""
        return {"crashes": self.crashes, "with_log": self.with_log, **self.counted}


def audit_index(
    crashes: Iterable[TrueEnd], printed: Mapping[str, str], documents: Mapping[Place, Held]
) -> IndexVerdict:
    """The verdict. `printed` is all that an instance printed, by containerID; one not named printed nothing."""
    by_container: dict[str, list[Arrived]] = defaultdict(list)
    for place, held in documents.items():
        source = msgspec.json.decode(held.source)
        by_container[source["container"]["id"]].append(Arrived(place, source))
    true = {_bare(end.container_id): end for end in crashes}
    verdict = IndexVerdict(crashes=len(true))
    for id_, end in true.items():
        found = by_container.pop(id_, [])
        if not found:
            verdict.lost.append(f"{end.pod}: {id_} is not there")
        if len(found) > 1:
            verdict.doubled.append(f"{end.pod}: {id_} is there {len(found)} times: {[one.place for one in found]}")
        for one in found:
            verdict.with_log += "message" in one.source
            fault = _fault(one, end, printed.get(end.container_id, ""))
            if fault:
                verdict.wrong.append(f"{end.pod}: {fault}")
    verdict.wrong += [f"{one.place}: of no crash" for rest in by_container.values() for one in rest]
    return verdict


def _fault(one: Arrived, end: TrueEnd, printed: str) -> str:
    """What is false in a document, in words; '' for nothing."""
    source, index = one.source, PREFIX + rfc3339(end.at)[:10].replace("-", ".")
    told = (
        source["kubernetes"]["pod"]["name"],
        source["kubernetes"]["container"]["name"],
        source["process"]["exit_code"],
    )
    if told != (end.pod, end.container, end.exit_code):
        return f"{told} is told of {end}"
    if one.place != Place(index, source["kubevigil"]["id"]):
        return f"is at {one.place}, and belongs into {index}"
    message, result = source.get("message", ""), source["kubevigil"].get("log", {}).get("result", "")
    if result == CaptureResult.OK:
        return "" if message == printed else f"wrong log: {message[-_WORDS:]!r}, and printed {printed[-_WORDS:]!r}"
    if message or result not in set(CaptureResult):
        return f"result {result!r} and the log {message[-_WORDS:]!r}"
    return f"called empty, and printed {printed[-_WORDS:]!r}" if result == CaptureResult.EMPTY and printed else ""


def _bare(container_id: str) -> str:
    """Without the runtime, as documents have it."""
    return container_id.rpartition("://")[2]
