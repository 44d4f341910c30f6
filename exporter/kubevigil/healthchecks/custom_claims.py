"""Who has which name: what is shown under one name has one type and one help, whichever checks tell it."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from kubevigil.healthchecks.custom_naming import HISTOGRAM_PARTS, sample_names
from kubevigil.healthchecks.custom_parse import Kind
from kubevigil.healthchecks.custom_series import Kept


class Family(NamedTuple):
    """What all samples of one name share."""

    kind: Kind
    help: str


class Claims:
    """The names of all checks, by the checks' uids."""

    def __init__(self) -> None:
        self.count = 0
        self._names: dict[str, tuple[str, ...]] = {}
        self._families: dict[str, dict[str, Family]] = {}

    def put(self, uid: str, kept: Kept) -> None:
        """The check has these series, and no others."""
        self.drop(uid)
        for series in kept.series:
            self._families.setdefault(series.name, {})[uid] = Family(series.kind, series.help)
        self._names[uid] = tuple(series.name for series in kept.series)
        self.count += len(kept.series)

    def drop(self, uid: str) -> None:
        """The check has none."""
        names = self._names.pop(uid, ())
        self.count -= len(names)
        for name in names:
            del self._families[name][uid]
            if not self._families[name]:
                del self._families[name]

    def besides(self, uid: str) -> int:
        """How many metrics all other checks have."""
        return self.count - len(self._names.get(uid, ()))

    def refusal(self, uid: str, name: str, family: Family) -> str:
        """Why the check cannot have the name, in words that follow the metric; '' where other checks are no reason."""
        there = self._of_others(uid, name)
        if there is None:
            taken = overlap(name, family.kind, partial(self._kind_of_others, uid))
            return taken and f"would be called {name}, which is taken by {taken} of another check: rename one of them"
        if there.kind != family.kind:
            return f"would be called {name}, which is a {there.kind} of another check: rename one of them"
        if there.help != family.help:
            return f"would be called {name}, which another check tells with another help: give both the same"
        return ""

    def _kind_of_others(self, uid: str, name: str) -> str:
        family = self._of_others(uid, name)
        return family.kind if family else ""

    def _of_others(self, uid: str, name: str) -> Family | None:
        return next((family for owner, family in self._families.get(name, {}).items() if owner != uid), None)


def overlap(name: str, kind: Kind, kind_of: Callable[[str], str]) -> str:
    """Another name of which the samples would be taken for this one's; '' for none. `kind_of` is '' for no metric."""
    for part in HISTOGRAM_PARTS:
        whole = name.removesuffix(part)
        if whole != name and kind_of(whole) == "histogram":
            return whole
    return next((other for other in sorted(sample_names(name, kind) - {name}) if kind_of(other)), "")
