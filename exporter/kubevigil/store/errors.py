"""What can go wrong with the store, in words for the person who runs it."""


class StoreError(Exception):
    """The store did not do what it was asked."""


class CannotOpen(StoreError):
    """The store cannot be used as it is configured; trying again does not help."""


class NewerSchema(CannotOpen):
    """A later version of Kubevigil wrote this store."""


class OlderSchema(CannotOpen):
    """An earlier version of Kubevigil wrote this store, and the exporter has not migrated it yet."""


class NoStore(CannotOpen):
    """There is nothing to read (yet) where the store should be."""


class Damaged(StoreError):
    """The database file is not whole; `Journal.begin_anew` sets it aside."""


class WriteFailed(StoreError):
    """A transaction was rolled back (disk full, locked, server away); nothing of it is in the store."""
