"""What goes into a transaction of the journal, and what comes out of the store."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import Struct, field

from kubevigil.model.record import Evidence, Record
from kubevigil.store.schema import Labels

_NOTHING: Final[Mapping[str, Evidence]] = MappingProxyType({})


class Entry(NamedTuple):
    """One termination. `counter` is None where it was counted before and only its details are new."""

    record: Record
    counter: Labels | None


class PodRow(NamedTuple):
    """What the ledger knows of one pod, as JSON; `gone` once the API no longer shows it."""

    namespace: str
    state: str
    gone: bool = False


class Batch(Struct):
    """All that one transaction writes. `gone` and `vanished` name pods by uid; `vanished` with their namespace.

    `evidence` is what was gathered about crashes that are in the store, or in `entries`, by their records' ids.
    """

    rows: dict[str, PodRow] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    vanished: dict[str, str] = field(default_factory=dict)
    baselined: list[str] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows or self.entries or self.gone or self.vanished or self.baselined or self.evidence)


class Committed(NamedTuple):
    """What a commit changed: the terminations that were new, and by how much the counters committed.

    `settled` holds the evidence that was written, as it was written, by its record's id: a log's text may have had to
    go. `given_up` is how many log bodies that were in the store had to go to make room; `late` of how many crashes the
    evidence was not written, because they were settled before: what a sink was sent must not change afterwards.
    """

    records: list[Record]
    workloads: Counter[Labels]
    vanished: Counter[str]
    settled: Mapping[str, Evidence] = _NOTHING
    given_up: int = 0
    late: int = 0


class Loaded(NamedTuple):
    """The store's content that is kept in memory; the ledger without pods that are gone."""

    ledger: dict[str, PodRow]
    scopes: set[str]
    workloads: dict[Labels, int]
    vanished: dict[str, int]
