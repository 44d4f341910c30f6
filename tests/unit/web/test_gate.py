import base64

import bcrypt
import pytest

from kubevigil.web.exchange import Request, Response
from kubevigil.web.gate import Gate
from kubevigil.web.security import OPEN, Rate, Security

HASH = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
CLOSED = Security(users={"alice": HASH}, headers=(("X-Ours", "1"),))
OPEN_PATH = "/healthz"


def gate(security: Security) -> Gate:
    return Gate(security, [OPEN_PATH], workers=4, clock=lambda: 0.0)


def asking(path: str = "/metrics", password: str | None = None, name: str = "alice") -> Request:
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return Request("GET", path, "", {} if password is None else {"authorization": f"Basic {token}"}, "10.0.0.1")


def status(answer: Request | Response) -> int:
    return answer.status if isinstance(answer, Response) else 200


def test_without_users_everybody_is_let_in_as_signed_in() -> None:
    admitted = gate(OPEN).admit(asking())
    assert isinstance(admitted, Request)
    assert admitted.signed_in


@pytest.mark.parametrize("path", ["/", "/metrics", "/nowhere", "/healthz/", "//healthz", "/HEALTHZ", ""])
def test_all_but_the_open_paths_need_the_password(path: str) -> None:
    closed = gate(CLOSED)
    assert status(closed.admit(asking(path))) == 401
    assert status(closed.admit(asking(path, "wrong"))) == 401
    assert status(closed.admit(asking(path, "right", name="bob"))) == 401
    assert status(closed.admit(asking(path, "right"))) == 200


@pytest.mark.parametrize(("password", "signed_in"), [(None, False), ("wrong", False), ("right", True)])
def test_an_open_path_is_open_and_knows_who_is_signed_in(password: str | None, signed_in: bool) -> None:
    admitted = gate(CLOSED).admit(asking(OPEN_PATH, password))
    assert isinstance(admitted, Request)
    assert admitted.signed_in is signed_in


def test_a_refusal_asks_for_basic_authentication_with_all_our_headers() -> None:
    refused = gate(CLOSED).admit(asking())
    assert isinstance(refused, Response)
    assert dict(refused.headers)["WWW-Authenticate"] == 'Basic realm="kubevigil", charset="UTF-8"'
    assert ("X-Ours", "1") in refused.headers


def test_more_than_the_rate_is_put_off_but_for_open_paths() -> None:
    limited = gate(Security(rate=Rate(interval=60, burst=2)))
    assert [status(limited.admit(asking())) for _ in range(3)] == [200, 200, 429]
    refused = limited.admit(asking())
    assert isinstance(refused, Response)
    assert dict(refused.headers)["Retry-After"] == "1"
    assert [status(limited.admit(asking(OPEN_PATH))) for _ in range(3)] == [200] * 3


def test_a_new_configuration_forgets_who_was_let_in_by_the_old_one() -> None:
    closed = gate(CLOSED)
    assert status(closed.admit(asking(password="right"))) == 200
    closed.take(Security(users={"alice": bcrypt.hashpw(b"new", bcrypt.gensalt(4)).decode()}))
    assert status(closed.admit(asking(password="right"))) == 401
    assert status(closed.admit(asking(password="new"))) == 200


def test_a_new_configuration_with_the_same_rate_does_not_fill_the_bucket() -> None:
    rate = Rate(interval=60, burst=1)
    limited = gate(Security(rate=rate))
    assert status(limited.admit(asking())) == 200
    limited.take(Security(rate=rate, headers=()))
    assert status(limited.admit(asking())) == 429


def test_two_workers_are_left_to_others_by_checks_of_passwords() -> None:
    state = gate(CLOSED)._state
    assert state.passwords is not None
    assert state.passwords._turns._most == 2
