"""Identifiers as a cluster hands them out, from one seeded generator: the same seed gives the same names.

Owned by the world and used under its lock only.
"""

import hashlib
import random
import uuid
from typing import Final

_SAFE: Final = "bcdfghjklmnpqrstvwxz2456789"
"""The alphabet of generated name suffixes; it has no vowels, so that no words come out (apimachinery, `rand`)."""


class Identifiers:
    """Hands out uids, containerIDs and name suffixes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  names, not secrets

    def uid(self) -> str:
        """A version 4 UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def container_id(self) -> str:
        """The id of a container instance as containerd's: 64 hexadecimal digits."""
        return f"containerd://{self._random.getrandbits(256):064x}"

    def suffix(self, length: int = 5) -> str:
        """The end of a generated pod name."""
        return "".join(self._random.choices(_SAFE, k=length))


def digest_of(image: str) -> str:
    """The image's digest, always the same for the same name."""
    return "sha256:" + hashlib.sha256(image.encode()).hexdigest()
