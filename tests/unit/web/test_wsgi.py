from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.web.wsgi import request_of, status_line


def environ(path: bytes = b"/", **more: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": path.decode("latin-1"), "QUERY_STRING": "a=1", **more}


def test_header_names_are_lower_case_with_dashes() -> None:
    request = request_of(environ(HTTP_ACCEPT_ENCODING="gzip", CONTENT_LENGTH="0"))
    assert request.headers == {"accept-encoding": "gzip"}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_path_in_utf_8_arrives_as_it_was_meant(path: str) -> None:
    assert request_of(environ(path.encode())).path == path


@given(st.binary())
def test_a_path_of_any_bytes_arrives_as_text(path: bytes) -> None:
    request_of(environ(path)).path.encode()


def test_the_status_line_has_the_phrase() -> None:
    assert status_line(431) == "431 Request Header Fields Too Large"
