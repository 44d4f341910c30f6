"""An HTTP status that is no success, as the error that it means."""

from collections.abc import Mapping
from typing import Final

from kubevigil.kube.answers import Failure
from kubevigil.kube.decode import decode_status
from kubevigil.kube.errors import (
    Forbidden,
    Gone,
    KubeError,
    NotFound,
    Refused,
    ServerError,
    TooManyRequests,
    Unauthorized,
)
from kubevigil.kube.retry_after import seconds_to_wait
from kubevigil.kube.target import target_of

UNAUTHORIZED: Final = 401
GONE: Final = 410
BUSY: Final = 429
FIRST_FAILURE: Final = 300
_FIRST_OF_SERVER: Final = 500
_DETAIL_LENGTH: Final = 300


def error_of(status: int, host: str, path: str, query: Mapping[str, str], answer: bytes, *, wait: float) -> KubeError:
    """The error for `status`; `answer` is the start of the body, `wait` what the header `Retry-After` asked for."""
    told = decode_status(answer)
    detail = " ".join(told.message.split())[:_DETAIL_LENGTH]
    longest_wait = max(wait, told.retry_after)
    if status >= _FIRST_OF_SERVER:
        return ServerError(status, detail, longest_wait)
    known: Mapping[int, KubeError] = {
        UNAUTHORIZED: Unauthorized(host),
        403: Forbidden(*target_of(path, query)),
        404: NotFound(path, detail),
        GONE: Gone(detail),
        BUSY: TooManyRequests(longest_wait),
    }
    return known.get(status) or Refused(status, detail)


def error_of_event(failure: Failure) -> KubeError:
    """The error that an ERROR event of a watch stands for."""
    if failure.code == GONE:
        return Gone(failure.message)
    if failure.code == BUSY:
        return TooManyRequests(failure.retry_after)
    return ServerError(failure.code, failure.message, failure.retry_after)


def wait_asked_for(headers: Mapping[str, str], now: float) -> float:
    """The seconds that the headers ask us to wait; `now` is Unix time."""
    return seconds_to_wait(headers.get("Retry-After"), headers.get("Date"), now)
