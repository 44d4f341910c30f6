import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.web.passwords import LONGEST, Passwords, Verdict, cost_of

CHEAP = 4
ALICE = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(CHEAP)).decode()
BOB = bcrypt.hashpw(b"b" * LONGEST, bcrypt.gensalt(CHEAP + 1)).decode()
USERS = {"alice": ALICE, "bob": BOB, "zoë": ALICE}


class Counted:
    """bcrypt, and which hashes it was asked about."""

    def __init__(self) -> None:
        self.hashes: list[bytes] = []

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        self.hashes.append(hashed)
        return bcrypt.checkpw(password, hashed)


def passwords(check: Counted | None = None) -> Passwords:
    return Passwords(USERS, most=2, check=check or Counted())


@pytest.mark.parametrize(
    ("name", "password", "verdict"),
    [
        ("alice", "open sesame", Verdict.RIGHT),
        ("zoë", "open sesame", Verdict.RIGHT),
        ("bob", "b" * LONGEST, Verdict.RIGHT),
        ("bob", "b" * LONGEST + "what bcrypt does not look at", Verdict.RIGHT),
        ("alice", "Open sesame", Verdict.WRONG),
        ("alice", "", Verdict.WRONG),
        ("alice", "open sesame\0", Verdict.WRONG),
        ("Alice", "open sesame", Verdict.WRONG),
        ("bob", "open sesame", Verdict.WRONG),
        ("", "", Verdict.WRONG),
    ],
)
def test_a_name_needs_its_own_password(name: str, password: str, verdict: Verdict) -> None:
    asked = passwords()
    assert asked.verdict(name.encode(), password.encode(), "client") is verdict
    assert asked.verdict(name.encode(), password.encode(), "client") is verdict


def test_a_hash_as_htpasswd_writes_it_is_understood() -> None:
    users = {"alice": ALICE.replace("$2b$", "$2y$")}
    assert Passwords(users, most=1).verdict(b"alice", b"open sesame", "") is Verdict.RIGHT


def test_an_unknown_name_costs_as_much_as_the_dearest_known_one() -> None:
    check = Counted()
    passwords(check).verdict(b"nobody", b"x", "client")
    assert [cost_of(hashed.decode()) for hashed in check.hashes] == [CHEAP + 1]


def test_no_password_fits_the_hash_of_nobody() -> None:
    asked = Passwords(USERS, most=1, check=lambda _password, _hashed: True)
    assert asked.verdict(b"nobody", b"x", "client") is Verdict.WRONG


@pytest.mark.parametrize("password", ["open sesame", "wrong"])
def test_the_same_question_is_answered_from_memory(password: str) -> None:
    check = Counted()
    asked = passwords(check)
    for _ in range(5):
        asked.verdict(b"alice", password.encode(), "client")
    assert len(check.hashes) == 1


def test_a_thousand_wrong_passwords_do_not_make_a_right_one_forgotten_and_are_not_all_kept() -> None:
    check = Counted()
    asked = Passwords(USERS, most=1, check=lambda p, _: check.hashes.append(p) or p == b"right")  # type: ignore[func-returns-value]
    assert asked.verdict(b"alice", b"right", "scraper") is Verdict.RIGHT
    for number in range(1_000):
        asked.verdict(b"alice", str(number).encode(), "flood")
    before = len(check.hashes)
    assert asked.verdict(b"alice", b"right", "scraper") is Verdict.RIGHT
    assert len(check.hashes) == before
    assert len(asked._wrong) == 100


def test_a_check_beyond_the_queue_is_put_off_and_not_remembered() -> None:
    asked = passwords()
    asked._turns._most = 0
    assert asked.verdict(b"alice", b"open sesame", "client") is Verdict.BUSY
    asked._turns._most = 1
    assert asked.verdict(b"alice", b"open sesame", "client") is Verdict.RIGHT


def test_no_password_is_kept_as_it_is() -> None:
    asked = passwords()
    asked.verdict(b"alice", b"open sesame", "")
    asked.verdict(b"alice", b"wrong-but-nearly", "")
    kept = repr(vars(asked)).encode()
    assert b"open sesame" not in kept
    assert b"wrong-but-nearly" not in kept


@given(st.binary(max_size=90), st.binary(max_size=90))
def test_name_and_password_are_not_run_together(name: bytes, password: bytes) -> None:
    asked = Passwords({"u": ALICE}, most=1, check=lambda _p, _h: False)
    first = asked._mark(name, password)
    for cut in range(1, len(password) + 1):
        assert asked._mark(name + password[:cut], password[cut:]) != first
