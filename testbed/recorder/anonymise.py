"""Makes a recording small and harmless: only the fields that Kubevigil reads, and identifiers replaced by hashes.

Which fields those are is read from `kubevigil.model.pod` itself, so the two cannot differ. A value is kept as the API
wrote it, null too. The same identifier becomes the same hash everywhere in a recording, in messages as well; the salt
is thrown away.
"""

import hashlib
import re
import typing
from typing import Any

import msgspec

LONG_ID = re.compile(rb"\b[0-9a-f]{64}\b")
UUID = re.compile(rb"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def pruned(value: Any, shape: Any) -> Any:
    """`value` (JSON) without what `shape` (a struct, a tuple of them, or either or None) has no field for."""
    if value is None:
        return None
    options = typing.get_args(shape)
    if isinstance(value, list):
        element = next(typing.get_args(option)[0] for option in (shape, *options) if typing.get_origin(option) is tuple)
        return [pruned(item, element) for item in value]
    if not isinstance(value, dict):
        return value
    struct = next(option for option in (shape, *options) if _is_struct(option))
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    return {name: pruned(item, fields[name]) for name, item in value.items() if name in fields}


def _is_struct(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


class Hashes:
    """Replaces UUIDs and 64-digit ids in a text by others of the same form."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def text(self, line: bytes) -> bytes:
        """The line with each identifier replaced."""
        return UUID.sub(self._uuid, LONG_ID.sub(self._long, line))

    def _digest(self, match: re.Match[bytes]) -> str:
        return hashlib.sha256(self._salt + match.group()).hexdigest()

    def _long(self, match: re.Match[bytes]) -> bytes:
        return self._digest(match).encode()

    def _uuid(self, match: re.Match[bytes]) -> bytes:
        digits = self._digest(match)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])).encode()
