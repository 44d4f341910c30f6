"""The archive of crashes that the settings name, and which file it is read from."""

from pathlib import Path

from kubevigil.app.settings import Settings
from kubevigil.store.archive import Archive, open_archive, open_archive_url
from kubevigil.store.database import FILE_NAME, file_of_url

FileIdentity = tuple[int, int]
"""The device and the inode: another one under the same name is another file."""


def open_crashes(settings: Settings) -> Archive:
    """The archive, for reading. Raises StoreError when there is none, or it cannot be read."""
    url = settings.store.reveal()
    return open_archive_url(url) if url else open_archive(settings.data_dir)


def identity_of(settings: Settings) -> FileIdentity | None:
    """Which file the store is now; None where there is none. Raises StoreError for a URL that names no store."""
    try:
        found = _file(settings).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _file(settings: Settings) -> Path:
    url = settings.store.reveal()
    return file_of_url(url) if url else settings.data_dir / FILE_NAME
