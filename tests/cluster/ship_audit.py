"""The audit of what a search finds: each death on the node is there once, where it belongs, with its own words.

Pure: compares, and touches nothing. The truth is the runtime's ends of containers and the files that it wrote.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from kubevigil.model.clock import rfc3339
from kubevigil.model.record import CaptureResult

PREFIX: Final = "k8s-crash-monitor-"
_NAME: Final = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_REDACTED: Final = "[REDACTED:"
_WORDS: Final = 60


class Death(NamedTuple):
    """One end of a container, as the node tells it.

    `place` is `pod/container`, `at` Unix time, `exit_code` None where nothing was started, `printed` what is in the
    file of that instance alone.
    """

    container_id: str
    place: str
    exit_code: int | None
    at: float
    printed: str

    @property
    def name(self) -> str:
        """What the instance calls itself; '' for one that says nothing."""
        return next(iter(_NAME.findall(self.printed)), "")


@dataclass(frozen=True)
class Document:
    """A hit of a search."""

    index: str
    id: str
    source: Mapping[str, Any]


@dataclass(kw_only=True)
class Verdict:
    """`lost` are deaths without a document, `doubled` those with more than one, `false` documents that err."""

    deaths: int
    documents: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_log: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    without_log: dict[str, str] = field(default_factory=dict)
    """By containerID, the reason that the document has."""

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.wrong_log, *self.false]

    @property
    def figures(self) -> dict[str, int]:
        """What a test tells."""
        lists = {"lost": self.lost, "doubled": self.doubled, "wrong_log": self.wrong_log, "false": self.false}
        counts = {name: len(faults) for name, faults in lists.items()}
        return {"deaths": self.deaths, "documents": self.documents, **counts, "without_log": len(self.without_log)}


def audit(deaths: Sequence[Death], documents: Iterable[Document]) -> Verdict:
    """The verdict on all documents of the namespaces in which these were the deaths."""
    by_container: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_container[document.source["container"]["id"]].append(document)
    verdict = Verdict(deaths=len(deaths), documents=sum(map(len, by_container.values())))
    for death in deaths:
        found = by_container.pop(death.container_id, [])
        if not found:
            verdict.lost.append(f"{death.place}: {death.container_id} is not there")
        if len(found) > 1:
            verdict.doubled.append(f"{death.place}: is there {len(found)} times: {[(d.index, d.id) for d in found]}")
        for document in found:
            _judge(verdict, death, document)
    verdict.false += [f"{one.index}/{one.id}: of no crash" for rest in by_container.values() for one in rest]
    return verdict


def _judge(verdict: Verdict, death: Death, document: Document) -> None:
    fault, wrong = _misplaced(death, document), _wrong_log(death, document.source)
    if fault:
        verdict.false.append(f"{death.place}: {fault}")
    if wrong:
        verdict.wrong_log.append(f"{death.place}: {wrong}")
    result = _result(document.source)
    if result != CaptureResult.OK:
        verdict.without_log[death.container_id] = result


def _misplaced(death: Death, document: Document) -> str:
    """What is false in all but the log, in words; '' for nothing."""
    source, index = document.source, PREFIX + rfc3339(death.at)[:10].replace("-", ".")
    if document.index != index:
        return f"is in {document.index}, and belongs into {index}"
    if document.id != source["kubevigil"]["id"]:
        return f"is there as {document.id}, and calls itself {source['kubevigil']['id']}"
    place = f"{source['kubernetes']['pod']['name']}/{source['kubernetes']['container']['name']}"
    told = (place, source["process"]["exit_code"])
    known = (death.place, told[1] if death.exit_code is None else death.exit_code)
    return "" if told == known else f"{told} is told of {known}"


def _wrong_log(death: Death, source: Mapping[str, Any]) -> str:
    """What is wrong with the log, in words; '' for nothing, and for none with a reason."""
    message, result = source.get("message", ""), _result(source)
    if result == CaptureResult.OK:
        own = bool(message) and set(_NAME.findall(message)) == {death.name} and _is_end_of(message, death.printed)
        return "" if own else f"says {message[-_WORDS:]!r}, and printed {death.printed[-_WORDS:]!r}"
    if result not in set(CaptureResult) or message:
        return f"has the result {result!r} and says {message[-_WORDS:]!r}"
    if result == CaptureResult.EMPTY and death.printed:
        return f"is called empty, and printed {death.printed[-_WORDS:]!r}"
    return ""


def _is_end_of(message: str, printed: str) -> bool:
    """Of a redacted text: whether each line in which nothing was taken out was printed."""
    if _REDACTED not in message:
        return printed.endswith(message)
    return {line for line in message.split("\n") if _REDACTED not in line} <= set(printed.split("\n"))


def _result(source: Mapping[str, Any]) -> str:
    return str(source["kubevigil"].get("log", {}).get("result", ""))
