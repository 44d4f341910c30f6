"""Whether a name and a password belong together: bcrypt, the only importer of it.

bcrypt is slow on purpose, so what it said is remembered (as a keyed hash: no password stays in memory), and one check
runs at a time. A name that nobody has costs as much time as one that somebody has. A flood of wrong passwords takes
one core at most, and none of the workers that `Turns` does not give away; a right password that was right before needs
no turn, and no number of wrong ones makes it forgotten.
"""

import enum
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

import bcrypt

from kubevigil.web.turns import Busy, Turns

LONGEST: Final = 72
"""Bytes of a password that bcrypt looks at; htpasswd and Go cut what is longer."""

_WRONG_REMEMBERED: Final = 100
_NO_DIGEST: Final = b"." * 31

Check = Callable[[bytes, bytes], bool]
"""Whether a password (first) belongs to a hash."""


class Verdict(enum.Enum):
    """What became of a name and a password."""

    RIGHT = "right"
    WRONG = "wrong"
    BUSY = "busy"


def cost_of(hashed: str) -> int:
    """The cost of a bcrypt hash, the binary logarithm of its rounds. The hash has its form already."""
    return int(hashed.split("$")[2])


class Passwords:
    """The users and their hashes. `most` threads at once may be kept here. Any thread may ask."""

    def __init__(self, users: Mapping[str, str], *, most: int, check: Check = bcrypt.checkpw) -> None:
        self._hashes = {name.encode(): hashed.encode() for name, hashed in users.items()}
        self._check = check
        self._turns = Turns(most)
        self._key = secrets.token_bytes(32)
        self._nobody = bcrypt.gensalt(max(map(cost_of, users.values()), default=10)) + _NO_DIGEST
        self._lock = Lock()
        self._right: set[bytes] = set()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()

    def verdict(self, name: bytes, password: bytes, client: str) -> Verdict:
        """Whether `name` has that password; `client` is who asks, for whom one check at a time is made."""
        password = password[:LONGEST]
        known = self._hashes.get(name)
        mark = self._mark(name, password)
        if (before := self._remembered(mark)) is not None:
            return before
        try:
            with self._turns.turn(client):
                matches = self._matches(password, known or self._nobody)
        except Busy:
            return Verdict.BUSY
        return self._remember(mark, right=matches and known is not None)

    def _matches(self, password: bytes, hashed: bytes) -> bool:
        try:
            return self._check(password, hashed)
        except ValueError:
            return False

    def _mark(self, name: bytes, password: bytes) -> bytes:
        told = len(name).to_bytes(4, "big") + name + password
        return hmac.digest(self._key, told, hashlib.sha256)

    def _remembered(self, mark: bytes) -> Verdict | None:
        with self._lock:
            if mark in self._right:
                return Verdict.RIGHT
            return Verdict.WRONG if mark in self._wrong else None

    def _remember(self, mark: bytes, *, right: bool) -> Verdict:
        with self._lock:
            if right:
                # At most one a user: what is cut off a longer password is not part of the mark.
                self._right.add(mark)
                return Verdict.RIGHT
            self._wrong[mark] = None
            if len(self._wrong) > _WRONG_REMEMBERED:
                self._wrong.popitem(last=False)
            return Verdict.WRONG
