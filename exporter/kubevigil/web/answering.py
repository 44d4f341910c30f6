"""From a request to the answer that leaves the process. Pure but for the routes.

GET and HEAD only, known paths only, the same security headers on everything. A route that raises, or whose answer
cannot be sent, becomes a bare 500; its exception goes to the callback and never to the client.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from kubevigil.web.exchange import Failed, Request, Response, Route

SECURITY: Final = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
"""On every answer; a route cannot loosen them, a web configuration file can."""

Headers = Sequence[tuple[str, str]]

Admit = Callable[[Request], Request | Response]
"""The request as the routes may see it, or the answer to one that is not let in."""

_ALLOW: Final = ("Allow", "GET, HEAD")


def answer(
    routes: Mapping[str, Route],
    request: Request,
    failed: Failed,
    security: Headers = SECURITY,
    admit: Admit = lambda request: request,
) -> Response:
    """The response with all its headers, those of `security` among them; the body is a list, empty for HEAD."""
    admitted = admit(request)
    response = admitted if isinstance(admitted, Response) else _answer(routes, admitted, failed, security)
    return response._replace(body=[]) if request.method == "HEAD" else response


def refusal(status: int, security: Headers = SECURITY, extra: Headers = ()) -> Response:
    """An answer in plain text that says no more than its status, with `extra` headers.

    501 becomes 400: whatever a client sends is the client's fault, and a 5xx would page whoever runs this.
    """
    known = HTTPStatus(HTTPStatus.BAD_REQUEST if status == HTTPStatus.NOT_IMPLEMENTED else status)
    text = f"{known.value} {known.phrase}\n".encode()
    plain = ("Content-Type", "text/plain; charset=utf-8")
    return _complete(Response(known.value, [plain, *extra], [text]), security)


def _answer(routes: Mapping[str, Route], request: Request, failed: Failed, security: Headers) -> Response:
    if request.method not in ("GET", "HEAD"):
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, security, [_ALLOW])
    route = routes.get(request.path)
    return refusal(HTTPStatus.NOT_FOUND, security) if route is None else _ask(route, request, failed, security)


def _ask(route: Route, request: Request, failed: Failed, security: Headers) -> Response:
    try:
        return _complete(route(request), security)
    except Exception as error:  # noqa: BLE001  a route is another slice's code: whatever it raises is a 500, once
        failed(request.path, error)
        return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, security)


def _complete(response: Response, security: Headers) -> Response:
    """With the body collected, its length, and the security headers. Raises ValueError for what HTTP cannot carry."""
    status = HTTPStatus(response.status)
    fixed = {"content-length", *(name.lower() for name, _ in [*SECURITY, *security])}
    headers = [(name, value) for name, value in response.headers if name.lower() not in fixed]
    for name, value in headers:
        if not f"{name}{value}".isprintable() or not f"{name}{value}".isascii():
            raise ValueError(f"the header {name!r} is not printable ASCII")
    pieces = [piece for piece in response.body if piece]
    length = ("Content-Length", str(sum(map(len, pieces))))
    return Response(status.value, [*headers, *security, length], pieces)
