"""The store of crashes that the settings name, for commands beside the exporter, and where it is."""

from pathlib import Path

from kubevigil.app.settings import Settings
from kubevigil.store.address import FILE_NAME, Address, address_of, place
from kubevigil.store.archive import Archive, open_archive, open_archive_url
from kubevigil.store.sharing import SharedStore

FileIdentity = tuple[int, int]
"""The device and the inode: another one under the same name is another file."""


def open_crashes(settings: Settings) -> Archive:
    """The archive, for reading. Raises StoreError when there is none, or it cannot be read."""
    url = settings.store.reveal()
    return open_archive_url(url) if url else open_archive(settings.data_dir)


def open_shared(settings: Settings) -> SharedStore:
    """The store, to write to it beside the exporter. Raises StoreError for a URL that names no store."""
    return SharedStore(store_address(settings))


def identity_of(settings: Settings) -> FileIdentity | None:
    """Which file the store is now; None where there is none, or a server. Raises as `store_address`."""
    address = store_address(settings)
    if not isinstance(address, Path):
        return None
    try:
        found = address.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def store_address(settings: Settings) -> Address:
    """Where the store is, whether it is there or not. Raises StoreError for a URL that names no store."""
    url = settings.store.reveal()
    return address_of(url) if url else settings.data_dir / FILE_NAME


def store_words(settings: Settings) -> str:
    """Where the store is, without the name and the password of a server's account. Raises as `store_address`."""
    address = store_address(settings)
    return str(address) if isinstance(address, Path) else place(address)
