"""HTTP with Elasticsearch or OpenSearch: the only importer of requests.

Nothing of the surroundings is used (proxies, .netrc, CA variables), nothing is redirected, cookies are not kept. A
server that cannot be reached gives way to the next at once; all else is for the caller to try again.
"""

import json
import ssl
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from random import Random
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import requests

from kubevigil.delivery.credentials import Credentials, Request
from kubevigil.delivery.errors import (
    BadConnection,
    BrokenOff,
    DeliveryError,
    NotUnderstood,
    ServerError,
    Unreachable,
)
from kubevigil.delivery.hosts import Hosts
from kubevigil.delivery.statuses import error_of
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic, Wall
from kubevigil.model.wording import one_line

CONNECT_TIMEOUT: Final = 5.0
READ_TIMEOUT: Final = 30.0
"""Seconds, for each read."""

MOST_ANSWERED: Final = 16 * 2**20
"""Bytes. What is said of the documents of one request takes a few hundred each."""

_CHUNK: Final = 64 * 1024
_AWAY: Final = frozenset({502, 503, 504})
_FINE: Final = range(200, 300)
_NO_SUCH_THING: Final = frozenset({400, 404, 405, 406, 410, 501})
"""Statuses by which a server says that it has no such thing, or knows no such API."""

_JSON: Final = "application/json"


class Answer(NamedTuple):
    """An HTTP status and the body that came with it."""

    status: int
    body: bytes


class _Question(NamedTuple):
    method: str
    path: str
    body: bytes = b""
    content_type: str = ""
    passes: Container[int] = ()
    """Failures that are an answer."""


class Client:
    """One cluster, at one or more addresses. Thread-safe. Raises BadConnection if the CA file cannot be used.

    `credentials` is asked for each attempt, so that they may change; it may raise DeliveryError.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        credentials: Callable[[], Credentials] = Credentials.none,
        ca_file: str = "",
        user_agent: str = "kubevigil",
        random: Random | None = None,
        wall: Wall = clock.wall,
        monotonic: Monotonic = clock.monotonic,
        read_timeout: float = READ_TIMEOUT,
        most_answered: int = MOST_ANSWERED,
    ) -> None:
        _prove_usable(ca_file)
        self._hosts = Hosts(hosts, random=random or Random(), monotonic=monotonic)  # noqa: S311  scatter, no secret
        self._credentials = credentials
        self._ca_file = ca_file
        self._headers = {"User-Agent": user_agent, "Accept": _JSON, "Accept-Encoding": "identity"}
        self._wall = wall
        self._read_timeout = read_timeout
        self._most_answered = most_answered
        self._lock = Lock()
        self._free: list[requests.Session] = []

    def bulk(self, body: bytes) -> bytes:
        """Sends a body of `bulk.body_of`; the answer's body. Raises DeliveryError."""
        return self._ask(_Question("POST", "/_bulk", body, "application/x-ndjson")).body

    def get(self, path: str) -> Answer:
        """What is at that path, or the words by which the server says that it has or knows no such thing.

        Raises DeliveryError.
        """
        return self._ask(_Question("GET", path, passes=_NO_SUCH_THING))

    def put(self, path: str, document: Mapping[str, Any]) -> None:
        """Writes JSON to that path. Raises DeliveryError."""
        self._ask(_Question("PUT", path, json.dumps(document).encode(), _JSON))

    def close(self) -> None:
        """Closes all connections that nobody uses."""
        with self._lock:
            sessions, self._free = self._free, []
        for session in sessions:
            session.close()

    def _ask(self, question: _Question) -> Answer:
        """Asks one address after the other until one can be reached."""
        failure: DeliveryError | None = None
        with self._lock:
            urls = self._hosts.in_order()
        for url in urls:
            try:
                answer = self._ask_one(url, question)
            except DeliveryError as error:
                failure = error
                with self._lock:
                    (self._hosts.failed if _is_away(error) else self._hosts.worked)(url)
                if not isinstance(error, Unreachable):
                    raise
            else:
                with self._lock:
                    self._hosts.worked(url)
                return answer
        raise failure or Unreachable("there is no address")

    def _ask_one(self, url: str, question: _Question) -> Answer:
        host = urlsplit(url).netloc
        credentials = self._credentials()
        with (
            _errors_of(host),
            self._session() as session,
            self._opened(session, url, question, credentials) as response,
        ):
            answered = self._read(response, host)
        if response.status_code in _FINE or response.status_code in question.passes:
            return Answer(response.status_code, answered)
        raise error_of(
            response.status_code,
            host,
            response.headers,
            answered,
            now=self._wall(),
            signs_for_aws=credentials.signs_for_aws,
        )

    def _opened(
        self, session: requests.Session, url: str, question: _Question, credentials: Credentials
    ) -> requests.Response:
        own = {"Content-Type": question.content_type} if question.content_type else {}

        def sign(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
            # Of the URL as it is sent, which may be written in another way than ours.
            request = Request(question.method, prepared.url or "", own, question.body)
            prepared.headers.update(credentials.headers_for(request))
            return prepared

        return session.request(
            question.method,
            url + question.path,
            data=question.body or None,
            headers=self._headers | own,
            auth=sign,
            timeout=(CONNECT_TIMEOUT, self._read_timeout),
            allow_redirects=False,
            verify=self._ca_file or True,
            stream=True,
        )

    def _read(self, response: requests.Response, host: str) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._most_answered:
                raise NotUnderstood(f"{host} answers with more than {self._most_answered:,} bytes")
        return bytes(body)

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """A session for one request at a time, which is what they are made for, used again after it."""
        with self._lock:
            session = self._free.pop() if self._free else _new_session()
        try:
            yield session
        finally:
            with self._lock:
                self._free.append(session)


def _new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _prove_usable(ca_file: str) -> None:
    try:
        ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ValueError) as error:
        raise BadConnection(f"the CA file {ca_file} cannot be used: {error}; name a readable PEM file") from error


def _is_away(error: DeliveryError) -> bool:
    """Whether another address may do better."""
    return isinstance(error, Unreachable | BrokenOff) or (isinstance(error, ServerError) and error.status in _AWAY)


@contextmanager
def _errors_of(host: str) -> Iterator[None]:
    try:
        yield
    except requests.ReadTimeout as error:
        raise BrokenOff(f"{host} was silent for too long") from error
    except (requests.RequestException, OSError, ValueError) as error:
        # requests wraps what happened before anything was sent as "retries exceeded", and that has a reason.
        if error.args and hasattr(error.args[0], "reason"):
            raise Unreachable(f"{host} cannot be reached: {_why(error)}") from error
        raise BrokenOff(f"the connection to {host} broke off: {_why(error)}") from error


def _why(error: BaseException) -> str:
    """The innermost cause, which is the system's or TLS's own words."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return one_line(str(error) or type(error).__name__)
