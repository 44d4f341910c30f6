"""What can go wrong while moving, in words for the person who does it."""


class MovingError(Exception):
    """Nothing can be taken over as it was asked for."""


class BadAddress(MovingError):
    """That is no database's address, or names a file that is none; no message shows what may be a password."""


class Unreachable(MovingError):
    """The database does not answer, or does not let us in."""


class NotTheirs(MovingError):
    """The database is not one of kubernetes-pod-monitor."""
