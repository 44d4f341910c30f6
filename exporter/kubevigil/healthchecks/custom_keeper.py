"""Keeps what checks told as metrics: in memory to be shown, and in the store over a restart of ours.

A run is taken before its outcome is written into the check's status. So a crash of ours in between shows the run's end
once more, and the run is known by its moment: it counts once. Where the store does not take it, memory has it, and the
next write brings it along; lost is then only what memory alone had when the process ended.
"""

import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from threading import Lock
from typing import Final, Protocol

from kubevigil.healthchecks.custom_claims import Claims
from kubevigil.healthchecks.custom_families import CustomPortrait, render
from kubevigil.healthchecks.custom_merge import Owner, merge
from kubevigil.healthchecks.custom_parse import Told
from kubevigil.healthchecks.custom_series import Kept
from kubevigil.healthchecks.custom_states import kept_of, state_of
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.resources import Meta
from kubevigil.store.errors import StoreError

_log = logging.getLogger(__name__)

_NOTHING: Final = Kept()

MOST_WAITING: Final = 1000
"""Runs that are remembered until the store was read for the first time; then the oldest go."""


class Shelf(Protocol):
    """Where states are kept: a text for each check's uid. Both raise StoreError."""

    def read(self) -> Mapping[str, str]:
        """All there are."""

    def write(self, states: Mapping[str, str], gone: Collection[str] = ()) -> None:
        """These are so, and those that are `gone` are not; both or neither."""


class Keeper:
    """The metrics of all checks. Thread-safe; `text` waits for no store."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._storing = Lock()  # taken before the other, and held while the store works
        self._lock = Lock()
        self._kept: dict[str, Kept] = {}
        self._claims = Claims()
        self._refused: dict[str, int] = {}
        self._unwritten: set[str] = set()
        self._waiting: OrderedDict[tuple[str, int], tuple[Meta, Told]] = OrderedDict()
        self._loaded = False
        self._failing = False

    def load(self) -> None:
        """Reads the store anew: to be called when this process begins to lead. What is not written yet stays."""
        with self._lock:
            self._loaded = False
        self._store()

    def took(self, check: Meta, run: int, told: Told) -> Sequence[Finding]:
        """The run of the check that began at that Unix second told this; what of it is not shown, and why.

        To be called before the run's outcome is written down. A run that was taken before changes nothing. Before the
        store could be read, nobody knows what there is, and a run waits.
        """
        if not (told.metrics or told.faults):
            return ()
        if not self._is_loaded():
            self._store()
        with self._lock:
            faults = self._put(check, run, told) if self._loaded else self._wait(check, run, told)
        self._store()
        return faults

    def tidy(self, uids: Collection[str]) -> None:
        """Forgets all checks but these, and tries again what the store did not take; to be called now and then.

        `uids` are those of all checks there are.
        """
        with self._lock:
            gone = (self._kept.keys() | {uid for uid, _ in self._waiting}) - set(uids)
            for uid in gone:
                self._kept.pop(uid, None)
                self._claims.drop(uid)
                self._refused.pop(uid, None)
                self._unwritten.add(uid)
            for key in [key for key in self._waiting if key[0] in gone]:
                del self._waiting[key]
        self._store()

    def text(self, checks: Iterable[Meta]) -> bytes:
        """What these checks told, in the text format."""
        with self._lock:
            return render(
                CustomPortrait(check.namespace, check.name, kept.series, self._refused.get(check.uid, 0))
                for check in checks
                if (kept := self._kept.get(check.uid)) is not None
            )

    def _is_loaded(self) -> bool:
        with self._lock:
            return self._loaded

    def _put(self, check: Meta, run: int, told: Told) -> Sequence[Finding]:
        kept = self._kept.get(check.uid, _NOTHING)
        if run in kept.runs:
            return ()
        owner = Owner(check.uid, check.name)
        self._kept[check.uid], refused = merge(owner, kept, run, told.metrics, self._claims)
        self._claims.put(check.uid, self._kept[check.uid])
        faults = (*told.faults, *refused)
        self._refused[check.uid] = self._refused.get(check.uid, 0) + len(faults)
        self._unwritten.add(check.uid)
        return faults

    def _wait(self, check: Meta, run: int, told: Told) -> Sequence[Finding]:
        self._waiting[check.uid, run] = (check, told)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        return ()

    def _store(self) -> None:
        """Reads the store if that is still to be done, and writes what it does not have."""
        with self._storing:
            try:
                if not self._is_loaded():
                    self._adopt(self._shelf.read())
                self._write()
            except StoreError as error:
                self._failed(error)
                return
            self._failing = False

    def _adopt(self, states: Mapping[str, str]) -> None:
        with self._lock:
            ours = {uid: self._kept[uid] for uid in self._unwritten & self._kept.keys()}
            theirs = {uid: state for uid, state in states.items() if uid not in self._unwritten}
            self._claims = Claims()
            self._kept = kept_of({**theirs, **{uid: state_of(kept) for uid, kept in ours.items()}}, self._claims)
            self._loaded = True
            for (_, run), (check, told) in self._waiting.items():
                self._put(check, run, told)
            self._waiting.clear()

    def _write(self) -> None:
        with self._lock:
            chosen = {uid: self._kept.get(uid) for uid in self._unwritten}
        states = {uid: state_of(kept) for uid, kept in chosen.items() if kept is not None}
        self._shelf.write(states, [uid for uid, kept in chosen.items() if kept is None])
        with self._lock:
            self._unwritten -= {uid for uid, kept in chosen.items() if self._kept.get(uid) is kept}

    def _failed(self, error: StoreError) -> None:
        """What the store has is not known then: it may have been set aside, and a new one begun."""
        with self._lock:
            self._unwritten |= self._kept.keys()
        if not self._failing:
            self._failing = True
            _log.warning("metrics of health checks not stored, trying again", extra={"fields": {"error": str(error)}})
