"""How we say who we are. What is secret is in no repr and no message. Pure."""

import base64
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

_MOST_CHARACTERS: Final = 8_192
"""Elasticsearch's own limit for a header."""


class BadCredentials(ValueError):
    """These cannot be put into a header; the message does not show them."""


class Request(NamedTuple):
    """What is about to be sent; `url` is the whole of it, `headers` are those that nothing on the way changes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Credentials:
    """One of the ways, or none; `authorization` is the value of the header `Authorization`, '' for none."""

    __slots__ = ("_authorization", "_kind")

    def __init__(self, kind: str, authorization: str) -> None:
        self._kind = kind
        self._authorization = authorization

    @classmethod
    def none(cls) -> Self:
        """No credentials."""
        return cls("none", "")

    @classmethod
    def basic(cls, username: str, password: str) -> Self:
        """A user and a password. Raises BadCredentials."""
        if not username or ":" in username:
            raise BadCredentials("the user's name is empty or has a ':', which basic authentication cannot express")
        return cls("basic", "Basic " + _base64(f"{username}:{password}"))

    @classmethod
    def api_key(cls, key: str) -> Self:
        """An API key, as `encoded` or as `id:api_key` in the answer that made it. Raises BadCredentials."""
        return cls("API key", "ApiKey " + (_base64(key) if ":" in key else _checked("API key", key)))

    @classmethod
    def bearer(cls, token: str) -> Self:
        """A token. Raises BadCredentials."""
        return cls("bearer token", "Bearer " + _checked("bearer token", token))

    @property
    def kind(self) -> str:
        """In a word or two: none, basic, API key, bearer token, AWS signature."""
        return self._kind

    @property
    def signs_for_aws(self) -> bool:
        """Whether what is in front of the server checks them, and refuses in words of its own."""
        return False

    @property
    def authorization(self) -> str:
        """The header's value, for the one call that needs it."""
        return self._authorization

    def headers_for(self, request: Request) -> Mapping[str, str]:  # noqa: ARG002  a signature is of one request
        """The headers that this request needs, made anew for each attempt. Raises RefusedCredentials."""
        return {"Authorization": self._authorization} if self._authorization else {}

    def __repr__(self) -> str:
        return f"Credentials({self._kind})"

    def __reduce__(self) -> str:
        raise TypeError("credentials are not serialised")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")


def _checked(kind: str, text: str) -> str:
    if not text or len(text) > _MOST_CHARACTERS or not all("!" <= character <= "~" for character in text):
        raise BadCredentials(f"the {kind} is empty, too long, or has a blank, a line's end or no ASCII in it")
    return text
