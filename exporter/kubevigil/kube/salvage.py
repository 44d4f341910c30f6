"""Reads what can be read of JSON that msgspec refuses: the standard library is laxer, and slow."""

import json
from typing import Any, Final

import msgspec

from kubevigil.kube.answers import Skipped, SkipReason

FAULTS: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What msgspec and json raise on bad input: malformed, of the wrong type, not UTF-8, too deep."""


def loose(raw: bytes) -> dict[str, Any]:
    """The JSON object as plain data, with U+FFFD for what is not UTF-8; empty if it is none."""
    try:
        thing = json.loads(raw.decode("utf-8", "replace"))
    except FAULTS:
        return {}
    return thing if isinstance(thing, dict) else {}


def lost(thing: dict[str, Any], *, deleted: bool = False) -> Skipped:
    """What can still be told of an object that is not what the API promises."""
    metadata = thing.get("metadata")

    def text(key: str) -> str:
        value = metadata.get(key) if isinstance(metadata, dict) else None
        return value if isinstance(value, str) else ""

    return Skipped(
        SkipReason.INVALID, text("uid"), text("namespace"), text("name"), text("resourceVersion"), deleted=deleted
    )
