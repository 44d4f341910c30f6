"""Who is let in to which page: the rate limit, then the password. Runs in workers, before any route.

The open paths are for the kubelet, which has no password and kills what does not answer it: neither applies to them.
Their routes see whether the client is signed in, so they can tell more to who is.
"""

from collections.abc import Collection
from http import HTTPStatus
from typing import Final, NamedTuple

from kubevigil.model.clock import Monotonic
from kubevigil.web.answering import refusal
from kubevigil.web.credentials import credentials_in
from kubevigil.web.exchange import Request, Response
from kubevigil.web.passwords import Passwords, Verdict
from kubevigil.web.rate import Bucket
from kubevigil.web.security import Security

_ASK: Final = ("WWW-Authenticate", 'Basic realm="kubevigil", charset="UTF-8"')
_LATER: Final = ("Retry-After", "1")
_FREE_WORKERS: Final = 2
"""Workers that no check of a password may take, so that probes and known scrapers go on beside a flood of them."""


class _State(NamedTuple):
    security: Security
    passwords: Passwords | None
    bucket: Bucket | None


class Gate:
    """Guards all but the `open_paths`, by the `Security` it took last."""

    def __init__(self, security: Security, open_paths: Collection[str], workers: int, clock: Monotonic) -> None:
        self._open_paths, self._clock = frozenset(open_paths), clock
        self._most_checks = max(1, workers - _FREE_WORKERS)
        self._state = _State(security, self._passwords(security), self._bucket(security))

    def take(self, security: Security) -> None:
        """From the next request on; what was remembered of passwords and requests stays where nothing changed."""
        old = self._state
        same_users, same_rate = security.users == old.security.users, security.rate == old.security.rate
        self._state = _State(
            security,
            old.passwords if same_users else self._passwords(security),
            old.bucket if same_rate else self._bucket(security),
        )

    @property
    def security(self) -> Security:
        """What holds now."""
        return self._state.security

    def admit(self, request: Request) -> Request | Response:
        """The request, or the answer to one that is not let in. On an open path all are, signed in or not."""
        state, is_open = self._state, request.path in self._open_paths
        if not is_open and state.bucket is not None and not state.bucket.take():
            return _refused(state.security, HTTPStatus.TOO_MANY_REQUESTS)
        verdict = _verdict(state.passwords, request)
        if verdict is Verdict.RIGHT or is_open:
            return request._replace(signed_in=verdict is Verdict.RIGHT)
        busy = verdict is Verdict.BUSY
        return _refused(state.security, HTTPStatus.TOO_MANY_REQUESTS if busy else HTTPStatus.UNAUTHORIZED)

    def _passwords(self, security: Security) -> Passwords | None:
        return Passwords(security.users, most=self._most_checks) if security.users else None

    def _bucket(self, security: Security) -> Bucket | None:
        return Bucket(security.rate, self._clock) if security.rate else None


def _verdict(passwords: Passwords | None, request: Request) -> Verdict:
    if passwords is None:
        return Verdict.RIGHT
    given = credentials_in(request.headers.get("authorization", ""))
    return Verdict.WRONG if given is None else passwords.verdict(given.name, given.password, request.client)


def _refused(security: Security, status: HTTPStatus) -> Response:
    return refusal(status, security.headers, [_ASK if status is HTTPStatus.UNAUTHORIZED else _LATER])
