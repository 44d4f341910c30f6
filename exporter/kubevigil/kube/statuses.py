"""An HTTP status that is no success, as the error that it means."""

from collections.abc import Mapping
from typing import Final

from kubevigil.kube.answers import Failure
from kubevigil.kube.decode import Status, decode_status
from kubevigil.kube.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Gone,
    KubeError,
    NotFound,
    Refused,
    ServerError,
    TooManyRequests,
    Unauthorized,
)
from kubevigil.kube.request import GET
from kubevigil.kube.retry_after import seconds_to_wait
from kubevigil.kube.target import Target, target_of

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
GONE: Final = 410
BUSY: Final = 429
FIRST_FAILURE: Final = 300
_FIRST_OF_SERVER: Final = 500
_DETAIL_LENGTH: Final = 300
_EXISTS: Final = "AlreadyExists"
"""The reason in the answer to a creation; every other 409 is a conflict."""

_READS: Final = {"get", "list", "watch"}


def error_of(
    status: int,
    host: str,
    path: str,
    query: Mapping[str, str],
    answer: bytes,
    *,
    wait: float,
    method: str = GET,
) -> KubeError:
    """The error for `status`; `answer` is the start of the body, `wait` what the header `Retry-After` asked for."""
    told = decode_status(answer)
    detail = " ".join(told.message.split())[:_DETAIL_LENGTH]
    longest_wait = max(wait, told.retry_after)
    if status >= _FIRST_OF_SERVER:
        return ServerError(status, detail, longest_wait)
    if status == FORBIDDEN:
        return _forbidden(target_of(path, query, method), told, detail)
    known: Mapping[int, KubeError] = {
        UNAUTHORIZED: Unauthorized(host),
        404: NotFound(path, detail),
        409: AlreadyExists(detail) if told.reason == _EXISTS else Conflict(detail),
        GONE: Gone(detail),
        BUSY: TooManyRequests(longest_wait),
    }
    return known.get(status) or Refused(status, detail)


def _forbidden(target: Target, told: Status, detail: str) -> KubeError:
    """A right that is missing, unless the server says something else: admission refuses with the same status."""
    # The authorizer's words (k8s.io/apiserver, responsewriters): User "x" cannot create resource "y" in API group "z".
    if target.verb in _READS or not detail or f" cannot {target.verb} " in told.message:
        return Forbidden(*target)
    return Refused(FORBIDDEN, detail)


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
