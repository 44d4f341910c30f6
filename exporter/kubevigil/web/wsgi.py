"""The WSGI application (PEP 3333) over the routes: what the HTTP library calls in a worker thread."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from kubevigil.web.answering import answer
from kubevigil.web.exchange import Failed, Request, Route
from kubevigil.web.gate import Gate
from kubevigil.web.pieces import Pieces

Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


def application(routes: Mapping[str, Route], gate: Gate, failed: Failed) -> Application:
    """Answers whom the `gate` lets in, from `routes`, by exact path.

    The body goes out through the server's file wrapper, without a worker.
    """

    def respond(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        response = answer(routes, request_of(environ), failed, gate.security.headers, gate.admit)
        start_response(status_line(response.status), list(response.headers))
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](Pieces(list(response.body)))
        return wrapped

    return respond


def request_of(environ: Mapping[str, Any]) -> Request:
    """The request in `environ`; bytes of the path that are not UTF-8 become replacement characters."""
    # WSGI carries bytes as latin-1 text.
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    named = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    return Request(environ["REQUEST_METHOD"], path, environ["QUERY_STRING"], named, environ.get("REMOTE_ADDR", ""))


def status_line(status: int) -> str:
    """`404 Not Found`. Raises ValueError for a number that is no HTTP status."""
    return f"{status} {HTTPStatus(status).phrase}"
