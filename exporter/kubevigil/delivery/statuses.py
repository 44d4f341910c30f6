"""An HTTP status that is no success, as the error that it means. Pure."""

from collections.abc import Mapping
from typing import Final

from kubevigil.delivery import answers
from kubevigil.delivery.errors import (
    DeliveryError,
    RefusedCredentials,
    Rejected,
    ServerError,
    Throttled,
    TooLarge,
)
from kubevigil.kube.retry_after import seconds_to_wait

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_TOO_LARGE: Final = 413
_BUSY: Final = 429
_NOT_FROM_THE_SERVER: Final = frozenset({"", "Forbidden"})
"""Types of the errors by which AWS refuses before OpenSearch is asked; Serverless has the second."""

_FIRST_OF_CLIENT: Final = 400
_FIRST_OF_SERVER: Final = 500


def error_of(
    status: int, host: str, headers: Mapping[str, str], answer: bytes, *, now: float, signs_for_aws: bool = False
) -> DeliveryError:
    """The error for `status`; `answer` is the body, `now` Unix time, `host` the server as the reader knows it.

    `signs_for_aws` tells that AWS checks the request, which says 403 where others say 401.
    """
    words = answers.error_words(answer)
    told = f"({status})" + (f": {words}" if words else "")
    wait = seconds_to_wait(headers.get("Retry-After"), headers.get("Date"), now)
    if status >= _FIRST_OF_SERVER:
        return ServerError(f"{host} failed {told}", status, wait)
    if status < _FIRST_OF_CLIENT:
        return Rejected(f"{host} points elsewhere {told}; give the address of Elasticsearch itself", status)
    if status == _FORBIDDEN and answers.error_type(answer) == "security_exception":
        return RefusedCredentials(f"{host} knows us, but a right is missing {told}")
    if status == _FORBIDDEN and signs_for_aws and answers.error_type(answer) in _NOT_FROM_THE_SERVER:
        told += f": {said}" if (said := answers.gateway_words(answer)) else ""
        return RefusedCredentials(f"{host} refuses the AWS signature, or the role lacks a right {told}")
    known = {
        _UNAUTHORIZED: RefusedCredentials(f"{host} refuses the credentials {told}: are they missing, wrong, expired?"),
        _TOO_LARGE: TooLarge(f"{host} refuses the request as too large {told}"),
        _BUSY: Throttled(f"{host} is busy {told}", wait),
    }
    return known.get(status) or Rejected(f"{host} refuses the request {told}", status)
