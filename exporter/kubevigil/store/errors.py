"""What can go wrong with the store, in words for the person who runs it."""


class StoreError(Exception):
    """The store did not do what it was asked."""


class CannotOpen(StoreError):
    """The store cannot be used as it is configured; trying again does not help."""


class NewerSchema(CannotOpen):
    """A later version of Kubevigil wrote this store."""


class Damaged(StoreError):
    """The database file is not whole; `Journal.begin_anew` sets it aside."""


class WriteFailed(StoreError):
    """A transaction was rolled back (disk full, locked, server away); nothing of it is in the store."""
