"""Reads an object of unknown shape field by field: what has another type than it must have becomes a finding.

Absent and null are the same, as to the API server.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from kubevigil.healthchecks.findings import Finding

_LARGEST: Final = 2**63 - 1
"""The API's integers have 64 bits."""

_SHOWN: Final = 40
"""Characters of a value, at the most."""

_NAMES: Final = {str: "a text", int: "a whole number", bool: "true or false", dict: "a map", list: "a list"}


class Reader:
    """The map at `path`. Whatever is found goes to `findings`, which nested readers share."""

    def __init__(self, value: object, path: str, findings: list[Finding]) -> None:
        self.path = path
        self.findings = findings
        self._map: Mapping[str, Any] = self._checked(value, dict, "") or {}
        self.present = value is not None

    def text(self, key: str) -> str:
        """A text, '' where there is none."""
        return self._checked(self._map.get(key), str, key) or ""

    def number(self, key: str) -> int:
        """A whole number, 0 where there is none."""
        number: int = self._checked(self._map.get(key), int, key) or 0
        if abs(number) > _LARGEST:
            self.add(key, "is beyond what the API's numbers can hold")
            return 0
        return number

    def flag(self, key: str) -> bool | None:
        """True, false, or None where there is neither."""
        value: bool | None = self._checked(self._map.get(key), bool, key)
        return value

    def items(self, key: str) -> Sequence[Any]:
        """A list, an empty one where there is none."""
        return self._checked(self._map.get(key), list, key) or ()

    def has(self, key: str) -> bool:
        """Whether there is anything under a key."""
        return self._map.get(key) is not None

    def others(self, known: Collection[str]) -> list[str]:
        """The keys that are not among those known, short and printable."""
        unknown = (str(key) for key, value in self._map.items() if value is not None and key not in known)
        return sorted(key[:_SHOWN].encode(errors="replace").decode() for key in unknown)

    def inner(self, key: str) -> "Reader":
        """The map under a key."""
        return Reader(self._map.get(key), f"{self.path}.{key}" if self.path else key, self.findings)

    def add(self, key: str, message: str) -> None:
        """Notes a finding at a key, or at the map itself for ''."""
        self.findings.append(Finding(".".join(filter(None, (self.path, key))), message))

    def _checked(self, value: Any, wanted: type, key: str) -> Any:
        if value is None:
            return None
        if isinstance(value, wanted) and isinstance(value, bool) is (wanted is bool):
            return value
        self.add(key, f"must be {_NAMES[wanted]}, not {_told(value)}")
        return None


def _told(value: object) -> str:
    """The value as YAML shows it, short."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | float():
            return repr(value[:_SHOWN] if isinstance(value, str) else value)
        case int():  # Python refuses to write one of thousands of digits
            return str(value) if abs(value) <= _LARGEST else "a huge number"
    return _NAMES.get(type(value), type(value).__name__)
