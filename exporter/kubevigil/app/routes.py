"""What the HTTP port answers. Reading changes nothing."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.text import CONTENT_TYPE
from kubevigil.web.exchange import Request, Response, Route
from kubevigil.web.negotiation import accepts_gzip


class Check(Struct, frozen=True):
    """One line of `/readyz` and `/healthz`."""

    name: str
    ok: bool
    detail: str


class Ready(Struct, frozen=True):
    """The JSON of `/readyz`; that of `/healthz` has the same shape."""

    ready: bool
    checks: Sequence[Check]


Checks = Callable[[], Iterable[Check]]


class Page(NamedTuple):
    """A link of the start page."""

    path: str
    says: str


_PAGES: Final = (
    Page("/metrics", "what a Prometheus scrapes"),
    Page("/readyz", "whether it can do its work, and what is missing"),
    Page("/healthz", "whether its own threads live"),
)


def routes(exposition: Exposition, *, version: str, ready: Checks, healthy: Checks) -> Mapping[str, Route]:
    """The routes by path."""
    return {
        "/": lambda _: _start_page(version),
        "/metrics": lambda request: _metrics(exposition, request),
        "/readyz": lambda _: _verdict(ready),
        "/healthz": lambda _: _verdict(healthy),
    }


def _metrics(exposition: Exposition, request: Request) -> Response:
    headers = [("Content-Type", CONTENT_TYPE), ("Vary", "Accept-Encoding")]
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(200, [*headers, ("Content-Encoding", "gzip")], exposition.gzip())
    return Response(200, headers, exposition.plain())


def _verdict(checks: Checks) -> Response:
    found = list(checks())
    body = Ready(ready=all(check.ok for check in found), checks=found)
    return Response(200 if body.ready else 503, [("Content-Type", "application/json")], [msgspec.json.encode(body)])


def _start_page(version: str) -> Response:
    links = "".join(f'<li><a href="{page.path}">{page.path}</a>: {html.escape(page.says)}</li>' for page in _PAGES)
    body = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Kubevigil</title></head>
<body><h1>Kubevigil {html.escape(version)}</h1><p>What crashed in the cluster, and why.</p><ul>{links}</ul></body>
</html>
"""
    return Response(200, [("Content-Type", "text/html; charset=utf-8")], [body.encode()])
