"""Fields by their full names: those that a mapping indexes, and those that a document has."""

from collections.abc import Iterator, Mapping
from typing import Any


def indexed(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """(field, type) of what a mapping or a template has as `properties`."""
    for name, field in properties.items():
        if "properties" in field:
            yield from indexed(field["properties"], f"{above}{name}.")
        else:
            yield above + name, field["type"]


def names(document: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The fields that a document has."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from names(value, f"{above}{name}.")
        else:
            yield above + name
