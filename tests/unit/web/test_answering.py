from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.web.answering import SECURITY, answer
from kubevigil.web.exchange import Request, Response, Route

SECRET = "the database said: password=hunter2"


def request(method: str = "GET", path: str = "/page") -> Request:
    return Request(method, path, "", {})


def page(_: Request) -> Response:
    return Response(200, [("Content-Type", "text/plain")], iter([b"one ", b"", b"two"]))


def asked(route: Route, asking: Request) -> tuple[Response, list[tuple[str, Exception]]]:
    failures: list[tuple[str, Exception]] = []
    response = answer({"/page": route}, asking, lambda path, error: failures.append((path, error)))
    return response, failures


def value(response: Response, name: str) -> str | None:
    return dict(response.headers).get(name)


def test_a_known_path_gets_its_page_with_the_length() -> None:
    response, failures = asked(page, request())
    assert (response.status, b"".join(response.body), value(response, "Content-Length")) == (200, b"one two", "7")
    assert failures == []


def test_head_gets_the_headers_of_get_and_no_body() -> None:
    response, _ = asked(page, request("HEAD"))
    assert list(response.body) == []
    assert response.headers == asked(page, request())[0].headers


@pytest.mark.parametrize("path", ["", "/", "/page/", "/Page", "/other/../page", "//page", "/page\0", "page"])
def test_any_other_path_is_a_404_in_plain_text(path: str) -> None:
    response, _ = asked(page, request(path=path))
    assert (response.status, b"".join(response.body)) == (404, b"404 Not Found\n")
    assert value(response, "Content-Type") == "text/plain; charset=utf-8"


@given(st.text(alphabet=st.characters(categories=["Lu"]), min_size=1).filter(lambda m: m not in ("GET", "HEAD")))
def test_any_other_method_is_a_405_that_says_what_is_allowed(method: str) -> None:
    response, _ = asked(page, request(method))
    assert (response.status, value(response, "Allow")) == (405, "GET, HEAD")


def fails_at_once(_: Request) -> Response:
    raise RuntimeError(SECRET)


def fails_half_way(_: Request) -> Response:
    def body() -> Iterator[bytes]:
        yield b"the first half"
        raise RuntimeError(SECRET)

    return Response(200, [], body())


@pytest.mark.parametrize("route", [fails_at_once, fails_half_way])
def test_a_route_that_raises_is_a_bare_500_told_once(route: Route) -> None:
    response, failures = asked(route, request())
    assert (response.status, b"".join(response.body)) == (500, b"500 Internal Server Error\n")
    assert [(path, str(error)) for path, error in failures] == [("/page", SECRET)]
    assert SECRET not in repr(response)


@pytest.mark.parametrize(
    "bad",
    [
        Response(200, [("X-Pod", "a\r\nSet-Cookie: b")], []),
        Response(200, [("X\n", "a")], []),
        Response(200, [("X", "\u2603")], []),
        Response(999, [], []),
    ],
)
def test_an_answer_that_http_cannot_carry_is_a_500_and_not_a_split_header(bad: Response) -> None:
    response, failures = asked(lambda _: bad, request())
    assert response.status == 500
    assert len(failures) == 1


@pytest.mark.parametrize(
    ("route", "asking"),
    [
        (page, request()),
        (page, request("HEAD")),
        (page, request("POST")),
        (page, request(path="/x")),
        (fails_at_once, request()),
    ],
)
def test_the_security_headers_are_on_every_answer(route: Route, asking: Request) -> None:
    response, _ = asked(route, asking)
    assert set(SECURITY) <= set(response.headers)


def test_a_route_cannot_loosen_a_security_header() -> None:
    loose = [("content-security-policy", "*"), ("X-frame-options", "ALLOW"), ("Content-Length", "3")]
    response, _ = asked(lambda _: Response(200, loose, [b"a"]), request())
    assert sorted(name.lower() for name, _ in response.headers) == sorted(
        [*(name.lower() for name, _ in SECURITY), "content-length"]
    )
    assert value(response, "Content-Length") == "1"
