"""Takes over what kubernetes-pod-monitor kept in its database: its history into the store, its notifications as values.

Its rows are only read. Done again, it takes nothing twice; and nothing that the exporter saw itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from kubevigil.app import durations
from kubevigil.app.crash_archive import open_shared
from kubevigil.app.settings import Settings
from kubevigil.model.clock import Wall
from kubevigil.moving import history, notifications, past
from kubevigil.moving.errors import MovingError, NotTheirs
from kubevigil.moving.history import Pods
from kubevigil.moving.remarks import Remark, Step, Verdict, left
from kubevigil.moving.rows import Crash
from kubevigil.store.database import open_sqlite, open_url
from kubevigil.store.errors import NoStore
from kubevigil.store.sharing import SharedStore

if TYPE_CHECKING:
    from kubevigil.moving.mysql import Source  # needs pymysql, which is not installed with the others

_DAY: Final = 86_400.0

Progress = Callable[[int, int], None]
"""Told of the crashes that were looked at, and of how many there are."""


class Asked(NamedTuple):
    """What to take over: the cluster, by its name there and here; the zone of its dates, None for UTC if that fits."""

    cluster: str
    settings: Settings
    zone: tzinfo | None
    wall: Wall


class WrongZone(MovingError):
    """The dates are not in the time zone that was assumed."""


def take(source: "Source", asked: Asked, progress: Progress) -> Iterator[Step]:
    """What became of each of the four tables; the store is made if it is not there.

    Raises MovingError, and StoreError with all before it taken: begin again then.
    """
    if asked.cluster not in (known := source.clusters()):
        names = ", ".join(map(ascii, known)) or "none"
        raise NotTheirs(f"the database knows no cluster {asked.cluster!a}; its clusters: {names} (--cluster-name)")
    yield _crashes(source, asked, progress)
    yield notifications.routes(source.channels(asked.cluster))
    yield notifications.ignored(source.ignored(asked.cluster), source.containers(asked.cluster))
    if states := source.states(asked.cluster):
        why = "up to where it had counted; Kubevigil takes old deaths as known when it starts (baseline_window)"
        yield left(f"{states} rows of its state", f"{why}; its pods' names were used for the history")


def _crashes(source: "Source", asked: Asked, progress: Progress) -> Step:
    limits, zone = asked.settings, asked.zone or UTC
    oldest = asked.wall() - limits.records_retention
    since = datetime.fromtimestamp(oldest, zone).replace(tzinfo=None)
    total, recent = source.crashes(asked.cluster), source.crashes(asked.cluster, since)
    taking = _Taking(asked, zone, Pods(source.counted(asked.cluster, oldest - _DAY)))
    for page in _at_most(limits.records_limit, source.history(asked.cluster, since)):
        taking.page(page)
        progress(taking.looked_at, min(recent, limits.records_limit))
    return Step(tuple(_told(taking.done, old=total - recent, many=recent - taking.looked_at, limits=limits)))


class _Taking:
    """Takes the history page by page, the newest first. `done` counts what became of its rows, `looked_at` all."""

    def __init__(self, asked: Asked, zone: tzinfo, pods: Pods) -> None:
        self.done: Counter[str] = Counter()
        self.looked_at = 0
        self._asked = asked
        self._zone = zone
        self._pods = pods
        self._store = _store(asked)
        self._latest = datetime.fromtimestamp(asked.wall() + _DAY, zone).replace(tzinfo=None)
        window = asked.settings.baseline_window
        began = past.began(self._store, asked.cluster)
        self._ours = {scope: moment - window for scope, moment in began.items()}

    def page(self, page: list[Crash | None]) -> None:
        """Raises WrongZone before anything is taken, MovingError and StoreError."""
        crashes = [crash for crash in page if crash is not None and crash.date <= self._latest]
        if not self.looked_at and self._asked.zone is None:
            _require_utc(self._pods, crashes)
        moments = [(crash, history.moment_of(crash, self._zone)) for crash in crashes]
        theirs = [(crash, moment) for crash, moment in moments if not self._is_ours(crash, moment)]
        cluster = self._asked.cluster
        pairs = [(history.record_of(crash, cluster, moment, self._pods), moment) for crash, moment in theirs]
        new = past.add(self._store, pairs)
        self.done += Counter(
            new=new,
            there=len(pairs) - new,
            named=sum(bool(record.pod) for record, _ in pairs),
            seen=len(crashes) - len(theirs),
            odd=len(page) - len(crashes),
        )
        self.looked_at += len(page)

    def _is_ours(self, crash: Crash, moment: float) -> bool:
        """Whether the exporter watched by then: it has recorded that crash itself."""
        return any(moment >= self._ours.get(scope, inf) for scope in ("", crash.namespace))


def _at_most(limit: int, pages: Iterator[list[Crash | None]]) -> Iterator[list[Crash | None]]:
    for page in pages:
        yield page[:limit]
        limit -= len(page)
        if limit <= 0:
            return


def _require_utc(pods: Pods, crashes: list[Crash]) -> None:
    ahead = pods.offset(crashes, UTC)
    if ahead:
        told = f"{durations.shown(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'}"
        raise WrongZone(
            f"the dates of the history are {told} UTC, as the moments in its state show: name the time zone of its "
            "container with --mysql-time-zone, such as Asia/Kolkata; nothing was taken"
        )


def _told(done: Counter[str], *, old: int, many: int, limits: Settings) -> Iterator[Remark]:
    if taken := done["new"] + done["there"]:
        there = f", {done['there']} of them were there before" if done["there"] else ""
        why = f"class unseen{there}; {done['named']} with their pod's name"
        yield Remark(Verdict.CHANGED, f"{taken} crashes of its history", "records in the store", why)
    for number, why in (
        (done["seen"], "Kubevigil was watching by then, and has its own records"),
        (old, f"without a date, or older than records.retention ({durations.shown(limits.records_retention)})"),
        (many, f"the oldest beyond records.limit ({limits.records_limit})"),
        (done["odd"], "their names or numbers are none that Kubernetes has, or their dates are still to come"),
    ):
        if number:
            yield Remark(Verdict.LEFT, f"{number} crashes of its history", "", why)


def _store(asked: Asked) -> SharedStore:
    """The store, beside an exporter that may run and own it; a new one where none is yet."""
    shared = open_shared(asked.settings)
    try:
        with shared.reading("cannot import"):
            return shared
    except NoStore:
        url = asked.settings.store.reveal()
        engine = open_url(url, now=asked.wall) if url else open_sqlite(asked.settings.data_dir, now=asked.wall)
        engine.dispose()
    return shared
