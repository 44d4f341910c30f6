"""From a request to the answer that leaves the process. Pure but for the routes.

GET and HEAD only, known paths only, the same security headers on everything. A route that raises, or whose answer
cannot be sent, becomes a bare 500; its exception goes to the callback and never to the client.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from kubevigil.web.exchange import Failed, Request, Response, Route

SECURITY: Final = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
"""On every answer; a route cannot loosen them."""

_FIXED: Final = frozenset(name.lower() for name, _ in SECURITY) | {"content-length"}
_ALLOW: Final = ("Allow", "GET, HEAD")


def answer(routes: Mapping[str, Route], request: Request, failed: Failed) -> Response:
    """The response with all its headers; the body is a list, empty for HEAD."""
    if request.method not in ("GET", "HEAD"):
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED)
    route = routes.get(request.path)
    response = refusal(HTTPStatus.NOT_FOUND) if route is None else _ask(route, request, failed)
    return response._replace(body=[]) if request.method == "HEAD" else response


def refusal(status: int) -> Response:
    """An answer in plain text that says no more than its status.

    501 becomes 400: whatever a client sends is the client's fault, and a 5xx would page whoever runs this.
    """
    known = HTTPStatus(HTTPStatus.BAD_REQUEST if status == HTTPStatus.NOT_IMPLEMENTED else status)
    extra = [_ALLOW] if known is HTTPStatus.METHOD_NOT_ALLOWED else []
    text = f"{known.value} {known.phrase}\n".encode()
    return _complete(Response(known.value, [("Content-Type", "text/plain; charset=utf-8"), *extra], [text]))


def _ask(route: Route, request: Request, failed: Failed) -> Response:
    try:
        return _complete(route(request))
    except Exception as error:  # noqa: BLE001  a route is another slice's code: whatever it raises is a 500, once
        failed(request.path, error)
        return refusal(HTTPStatus.INTERNAL_SERVER_ERROR)


def _complete(response: Response) -> Response:
    """With the body collected, its length, and the security headers. Raises ValueError for what HTTP cannot carry."""
    status = HTTPStatus(response.status)
    headers = [(name, value) for name, value in response.headers if name.lower() not in _FIXED]
    for name, value in headers:
        if not f"{name}{value}".isprintable() or not f"{name}{value}".isascii():
            raise ValueError(f"the header {name!r} is not printable ASCII")
    pieces = [piece for piece in response.body if piece]
    length = ("Content-Length", str(sum(map(len, pieces))))
    return Response(status.value, [*headers, *SECURITY, length], pieces)
