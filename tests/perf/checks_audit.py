"""What the API server's own audit log says about the workflows of health checks: when each was created, and for what.

The witness is the server: its clock, its order, whatever the exporter believes. Pure, but for the reading of the log.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from kubevigil.healthchecks.manifest import CHECK_LABEL, RUN_LABEL

POLICY: Final[dict[str, Any]] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {
            "level": "Request",
            "verbs": ["create"],
            "resources": [{"group": "argoproj.io", "resources": ["workflows"]}],
        },
        {"level": "None"},
    ],
}
"""Each request to create a workflow, with its body."""

_CREATED: Final = 201

Slot = tuple[str, int]
"""A check's uid, and the Unix second at which a run of it was wanted."""


class Creation(NamedTuple):
    """A workflow that was created: of which check and run, and when, in Unix seconds with a fraction."""

    uid: str
    run: int
    at: float


class Lags(NamedTuple):
    """How far behind their slots workflows were created: seconds, in order; and what went wrong."""

    seconds: list[float]
    doubled: list[Slot]
    missed: list[Slot]


def creations(log: Path) -> list[Creation]:
    """The workflows of checks that were created, in the order of the log."""
    with log.open(encoding="utf-8") as lines:
        return list(_creations(json.loads(line) for line in lines))


def _creations(entries: Iterable[Mapping[str, Any]]) -> Iterator[Creation]:
    for entry in entries:
        if entry["stage"] == "ResponseComplete" and entry["responseStatus"]["code"] == _CREATED:
            labels = entry["requestObject"]["metadata"].get("labels", {})
            at = datetime.fromisoformat(entry["stageTimestamp"]).timestamp()
            if uid := labels.get(CHECK_LABEL):
                yield Creation(uid, int(labels[RUN_LABEL]), at)


def lags(made: Collection[Creation], slots: Mapping[str, Collection[int]], slot_of: Callable[[str, int], int]) -> Lags:
    """Those of the slots that were wanted, by check. `slot_of` gives the slot of a run that began at a second."""
    wanted = {(uid, slot) for uid, of_check in slots.items() for slot in of_check}
    by_slot = [(creation.uid, slot_of(creation.uid, creation.run)) for creation in made]
    seen = Counter(by_slot)
    seconds = sorted(creation.at - slot[1] for creation, slot in zip(made, by_slot, strict=True) if slot in wanted)
    doubled = sorted(slot for slot, count in seen.items() if count > 1)
    return Lags(seconds, doubled, sorted(wanted - seen.keys()))


def percentile(ordered: list[float], share: float) -> float:
    """That of values in order; 0 where there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
