"""The audit of crash logs: every crash is settled once, and what is called its log is what that instance printed.

Pure: compares, and touches no file. The truth is what each instance of the simulated cluster printed, by containerID.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct

from kubevigil.model.record import CaptureResult, Record

from .findings import Findings

_WORDS = 60
"""Characters of a text that a verdict shows."""


class Settlement(NamedTuple):
    """What a store holds of one crash's log. `text` is '' where there is no body, `bytes` what the store says of it."""

    record_id: str
    result: str
    text: str
    bytes: int
    dropped: bool


class SettledLogs(Struct, kw_only=True):
    """The settlements of a store. `written` tells how often one was written for a crash, whatever is there now."""

    settlements: list[Settlement]
    written: Counter[str]


class LogVerdict(Findings, kw_only=True):
    """`lost` are crashes without log or reason, `doubled` those settled more than once, `wrong` false settlements."""

    crashes: int
    results: Counter[str]
    dropped: int

    @property
    def figures(self) -> dict[str, int]:
        """What a test tells: crashes, how many of each result, and what was found."""
        return {"crashes": self.crashes, **dict(sorted(self.results.items())), "dropped": self.dropped, **self.counted}


def audit_logs(records: Iterable[Record], logs: SettledLogs, printed: Mapping[str, str]) -> LogVerdict:
    """The verdict. `printed` is all that an instance printed; one that is not named printed nothing."""
    crashes = {record.id: record for record in records}
    verdict = LogVerdict(
        crashes=len(crashes),
        results=Counter(one.result for one in logs.settlements),
        dropped=sum(one.dropped for one in logs.settlements),
    )
    there = Counter(one.record_id for one in logs.settlements)
    for id_, record in crashes.items():
        if not there[id_]:
            verdict.lost.append(f"{_name(record)}: neither a log nor a reason")
    for id_ in there.keys() | logs.written.keys():
        times = max(there[id_], logs.written[id_])
        if times > 1:
            verdict.doubled.append(f"{id_}: settled {times} times")
    for one in logs.settlements:
        found = crashes.get(one.record_id)
        fault = _fault(one, printed.get(found.container.id, "")) if found else "of no crash"
        if fault:
            verdict.wrong.append(f"{_name(found) if found else one.record_id}: {fault}")
    return verdict


def _fault(one: Settlement, printed: str) -> str:
    """What is false in a settlement, in words; '' for nothing."""
    if one.result == CaptureResult.EMPTY and printed:
        return f"called empty, and printed {_end(printed)}"
    if one.result != CaptureResult.OK:
        return f"result {one.result} with a text" if one.text else ""
    if one.dropped:
        return "dropped, and there" if one.text else ""
    if one.text != printed:
        return f"wrong log: {_end(one.text)}, and printed {_end(printed)}"
    return "" if one.bytes == len(one.text.encode()) else f"{one.bytes} bytes are said of {len(one.text.encode())}"


def _end(text: str) -> str:
    return repr(text[-_WORDS:])


def _name(record: Record) -> str:
    return f"{record.pod}/{record.container.name}#{record.container.restart_count}"
