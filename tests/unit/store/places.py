"""Where the tests of the store keep one: in a folder, or in a database on a server (tests/stores)."""

from pathlib import Path

from sqlalchemy import URL, Engine

from kubevigil.model.clock import Wall
from kubevigil.store.address import FILE_NAME, Address, address_of
from kubevigil.store.archive import Archive, open_archive, open_archive_url
from kubevigil.store.database import open_sqlite, open_url
from kubevigil.store.outbox import Outbox

Place = Path | URL
"""The folder in which SQLite's file is, or the database's URL."""

CLUSTER = "test"


def address(place: Place) -> Address:
    return place / FILE_NAME if isinstance(place, Path) else place


def place_of(url: str) -> Place:
    """The place that `url_of` wrote, in a process of a test's own."""
    found = address_of(url)
    return found.parent if isinstance(found, Path) else found


def url_of(place: Place) -> str:
    return f"sqlite:///{place}/{FILE_NAME}" if isinstance(place, Path) else _written(place)


def _written(url: URL) -> str:
    """As a user writes it, without spaces."""
    return url.render_as_string(hide_password=False).replace(" ", "%20")


def opened(place: Place, *, now: Wall) -> Engine:
    return open_sqlite(place, now=now) if isinstance(place, Path) else open_url(url_of(place), now=now)


def opened_archive(place: Place) -> Archive:
    return open_archive(place) if isinstance(place, Path) else open_archive_url(url_of(place))


def opened_outbox(place: Place, sink: str) -> Outbox:
    return Outbox(address(place), sink, cluster=CLUSTER)
