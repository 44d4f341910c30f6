"""Asks Prometheus and Alertmanager: at an address, or behind the API server's own proxy, where no address is given."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol, Self
from urllib.parse import urlencode, urlsplit

from kubevigil import __version__
from kubevigil.app.errors import AppError
from kubevigil.delivery.client import Client
from kubevigil.delivery.errors import DeliveryError, Rejected
from kubevigil.kube.errors import Forbidden, KubeError


class BadAddress(AppError):
    """That is no address; the message does not show it, since it may hold a password."""


class Away(AppError):
    """It did not answer, or refused; the message says why."""


class NotAllowed(Away):
    """The API server does not let us ask it."""


class Peer(Protocol):
    """A program with an HTTP API."""

    @property
    def where(self) -> str:
        """For people."""

    def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """What it answers. Raises Away."""

    def close(self) -> None:
        """Ends it."""


class AtAddress:
    """A program by its URL, which may have a path. Raises BadAddress."""

    def __init__(self, flag: str, url: str) -> None:
        self.where = _checked(flag, url)
        self._client = Client([self.where], user_agent=f"kubevigil/{__version__}")

    def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """What it answers. Raises Away."""
        asked = f"{path}?{urlencode(query)}" if query else path
        try:
            answer = self._client.get(asked)
        except Rejected as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise Away(f"{self.where} points elsewhere ({error.status}), to a page to sign in perhaps") from error
            raise Away(str(error)) from error
        except DeliveryError as error:
            raise Away(str(error)) from error
        if answer.status != HTTPStatus.OK:
            raise Away(f"{self.where} answers {answer.status} to {path}")
        return answer.body

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Api(Protocol):
    """What is needed of a `Connection`."""

    def get_bytes(self, path: str, query: Mapping[str, str]) -> bytes:
        """The body of a GET. Raises KubeError."""


class ByProxy:
    """A program behind the API server's proxy at `path`; `flag` is how an address of one's own is given instead."""

    def __init__(self, api: Api, path: str, flag: str) -> None:
        self.where = f"the API server's {path}"
        self._api = api
        self._path = path
        self._flag = flag

    def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """What it answers. Raises Away."""
        try:
            return self._api.get_bytes(self._path + path, query or {})
        except Forbidden as error:
            where = f" in {error.namespace}" if error.namespace else ""
            raise NotAllowed(f"you may not {error.verb} {error.resource}{where}; {self._flag} does without") from error
        except KubeError as error:
            raise Away(f"{self.where}: {error}") from error

    def close(self) -> None:
        """Nothing of its own is open."""


def _checked(flag: str, url: str) -> str:
    allowed = (
        f"{flag} wants http://HOST:PORT or https://HOST:PORT, with a path if need be, without a user or a password"
    )
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or "@" in parts.netloc or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise BadAddress(allowed)
    return url.rstrip("/")
