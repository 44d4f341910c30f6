"""What can go wrong between us and Elasticsearch, in words for the person who runs it.

No message carries a password, a key or a token. `reason` is a closed word, for metrics and rows.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a document was not taken. Closed: also a label."""

    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"
    """Not known, or without the right; documents wait until somebody changes that."""
    THROTTLED = "throttled"
    SERVER = "server"
    NO_INDEX = "no_index"
    """The day's index is not there, or cannot be made or written."""
    UNANSWERED = "unanswered"
    """The answer says nothing of it, or nothing that can be understood."""
    REQUEST = "request"
    """The request as a whole is refused."""
    TOO_LARGE = "too_large"
    MAPPING = "mapping"
    """A field's value is not of the type that the index has for it."""
    DOCUMENT = "document"
    """Refused for any other reason that lies in the document."""


class DeliveryError(Exception):
    """Elasticsearch did not take what it was sent, as a whole.

    `retry_after` is in seconds, 0 where the server named no time. `blames_body` tells whether what was sent may be the
    cause, so that less of it is worth a try.
    """

    reason = Reason.SERVER
    blames_body = False
    retry_after = 0.0


class BadConnection(DeliveryError):
    """The connection cannot be made as it is configured."""

    reason = Reason.UNREACHABLE


class Unreachable(DeliveryError):
    """No connection came about: no route, refused, unknown name, TLS failure."""

    reason = Reason.UNREACHABLE


class BrokenOff(DeliveryError):
    """The connection broke, or was silent for too long, after the request was begun; it may have been carried out."""

    reason = Reason.UNREACHABLE
    blames_body = True


class RefusedCredentials(DeliveryError):
    """401, or 403 for what the server calls a lack of rights."""

    reason = Reason.CREDENTIALS


class Throttled(DeliveryError):
    """429."""

    reason = Reason.THROTTLED

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(DeliveryError):
    """413."""

    reason = Reason.TOO_LARGE
    blames_body = True


class ServerError(DeliveryError):
    """500 and above; `status` is the HTTP status."""

    def __init__(self, message: str, status: int, retry_after: float) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.blames_body = status == 500  # noqa: PLR2004  a gateway's 502 to 504 say nothing of what was sent


class Rejected(DeliveryError):
    """Any other status that is no success; `status` is the HTTP status."""

    reason = Reason.REQUEST

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
        self.blames_body = status in {400, 403, 422}


class NotUnderstood(DeliveryError):
    """An answer with a status of success that is not what Elasticsearch would say; something else answers there."""

    reason = Reason.UNANSWERED
