"""Reads the Authorization header of basic authentication (RFC 7617). Pure; anything malformed is none at all."""

import base64
import binascii
from typing import NamedTuple


class Credentials(NamedTuple):
    """A name and a password, in the bytes that the client sent (UTF-8, as we ask for)."""

    name: bytes
    password: bytes

    def __repr__(self) -> str:
        return "Credentials(***)"


def credentials_in(authorization: str) -> Credentials | None:
    """The credentials in the value of an Authorization header; None where there are none, or of another scheme."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return Credentials(name, password) if colon else None
