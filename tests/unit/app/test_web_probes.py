from collections.abc import Iterator

from kubevigil.app.probes import OPEN_PATHS, by_sign_in, without_details
from kubevigil.app.routes import Check
from kubevigil.web.exchange import Request, Response, Route


def page(text: bytes) -> Route:
    return lambda _: Response(200, [], [text])


FULL = {path: page(b"full") for path in ("/metrics", *OPEN_PATHS)}
BARE = {path: page(b"bare") for path in ("/metrics", *OPEN_PATHS)}


def body(path: str, *, signed_in: bool) -> bytes:
    route = by_sign_in(FULL, BARE)[path]
    return b"".join(route(Request("GET", path, "", {}, signed_in=signed_in)).body)


def test_who_is_not_signed_in_gets_the_bare_page_of_open_paths() -> None:
    assert {path: body(path, signed_in=False) for path in FULL} == {
        "/metrics": b"full",
        "/healthz": b"bare",
        "/readyz": b"bare",
    }


def test_who_is_signed_in_gets_every_page_in_full() -> None:
    assert {body(path, signed_in=True) for path in FULL} == {b"full"}


def test_a_bare_check_keeps_its_name_and_verdict_only() -> None:
    def checks() -> Iterator[Check]:
        yield Check("store", False, "disk of node-7 is full")

    assert list(without_details(checks)()) == [Check("store", False, "")]
