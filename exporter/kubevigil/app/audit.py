"""Compares what a simulated cluster knows to have happened with what the exporter recorded of it."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from kubevigil.demo.truth import TrueEnd
from kubevigil.model.record import Record

_Place = tuple[str, str]
"""Pod uid and container; '' for the end of a whole pod."""


class Verdict(Struct, frozen=True):
    """`expected` ends were shown by the API, `seen` were recorded; `lost` and `doubled` are told place by place.

    The JSON of `kubevigil demo --json`.
    """

    expected: int
    seen: int
    lost: int
    doubled: int
    terminations: list[Record]


def audit(truth: Iterable[TrueEnd], records: Iterable[Record]) -> Verdict:
    """The verdict over all ends that the API showed. A record whose details came later counts once, with them."""
    latest = {record.id: record for record in records}
    expected: Counter[_Place] = Counter((end.uid, end.container) for end in truth if end.shown)
    seen: Counter[_Place] = Counter((r.pod_uid, r.container.name) for r in latest.values())
    return Verdict(
        expected=expected.total(),
        seen=seen.total(),
        lost=(expected - seen).total(),
        doubled=(seen - expected).total(),
        terminations=sorted(latest.values(), key=lambda r: r.termination.observed_at),
    )
