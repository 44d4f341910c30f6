"""Answers of the API server, and its Status objects for everything that is not fine. Pure.

Source: Kubernetes API conventions, "Response Status Kind", and answers of a real API server.
"""

from dataclasses import dataclass, field
from typing import Final

from msgspec import json

from kubevigil.demo.calls import Call

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

_REASONS: Final = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    code: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def fine(document: object) -> Reply:
    """200 with a JSON document."""
    return Reply(200, json.encode(document))


def status(
    code: int, message: str, *, retry_after: int | None = None, details: dict[str, object] | None = None
) -> Reply:
    """A Status of failure. `retry_after` in whole seconds goes into header and details alike."""
    body = status_json(code, message)
    details = dict(details or {})
    if retry_after is not None:
        details["retryAfterSeconds"] = retry_after
    if details:
        body["details"] = details
    return Reply(code, json.encode(body), headers={} if retry_after is None else {"Retry-After": str(retry_after)})


def status_json(code: int, message: str) -> dict[str, object]:
    """The Status object itself, as it also comes in a watch's ERROR event."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": _REASONS.get(code, "Unknown"),
        "code": code,
    }


def not_found(call: Call) -> Reply:
    """404 for a path or an object."""
    if not call.resource:
        return status(404, "the server could not find the requested resource")
    details: dict[str, object] = {"name": call.name, "kind": call.resource}
    return status(404, f'{call.resource} "{call.name}" not found', details=details)


def too_large(asked: int, current: int) -> Reply:
    """504 for a resourceVersion that does not exist yet."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return status(504, message, retry_after=1, details={"causes": causes})


def error_line(code: int, message: str) -> bytes:
    """One line of a watch that tells an error, after which the stream ends."""
    return json.encode({"type": "ERROR", "object": status_json(code, message)}) + b"\n"
