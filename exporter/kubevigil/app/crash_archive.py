"""The store of crashes that the settings name, for commands beside the exporter, and which file it is."""

from pathlib import Path

from kubevigil.app.settings import Settings
from kubevigil.store.archive import Archive, open_archive, open_archive_url
from kubevigil.store.database import FILE_NAME, file_of_url
from kubevigil.store.sharing import SharedStore

FileIdentity = tuple[int, int]
"""The device and the inode: another one under the same name is another file."""


def open_crashes(settings: Settings) -> Archive:
    """The archive, for reading. Raises StoreError when there is none, or it cannot be read."""
    url = settings.store.reveal()
    return open_archive_url(url) if url else open_archive(settings.data_dir)


def open_shared(settings: Settings) -> SharedStore:
    """The store, to write to it beside the exporter. Raises StoreError for a URL that names no store."""
    return SharedStore(store_file(settings))


def identity_of(settings: Settings) -> FileIdentity | None:
    """Which file the store is now; None where there is none. Raises StoreError for a URL that names no store."""
    try:
        found = store_file(settings).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def store_file(settings: Settings) -> Path:
    """Where the store is, whether it is there or not. Raises StoreError for a URL that names no file."""
    url = settings.store.reveal()
    return file_of_url(url) if url else settings.data_dir / FILE_NAME
