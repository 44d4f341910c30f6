"""A sink's side of the store, for the tests of its outbox."""

from kubevigil.model.record import Delivery
from kubevigil.store.outbox import Outbox

from .making import NOW, Store, said
from .places import Place, opened_archive

SINK = "elasticsearch"
MANY, MUCH = 1000, 1 << 30


def ids(outbox: Outbox, now: float = NOW + 100, most: int = MANY, most_bytes: int = MUCH) -> list[str]:
    return [due.record.id for due in outbox.claim(now, most, most_bytes)]


def settled(store: Store, *numbers: int) -> list[str]:
    return [dead.id for dead in store.crash(*numbers, evidence=lambda n: said(f"words of {n}"))]


def one_by_one(store: Store, *numbers: int) -> list[str]:
    """Crashes a second apart, each due when it is recorded."""
    found = []
    for number in numbers:
        store.now += 1
        found += settled(store, number)
    return found


def delivery(place: Place, id_: str) -> tuple[Delivery, ...]:
    return opened_archive(place).find(id_)[0].delivery
