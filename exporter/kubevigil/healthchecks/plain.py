"""What YAML gave, as JSON: YAML can say more, and a template is sent to the API server, which takes JSON alone."""

import re
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any, Final

from kubevigil.healthchecks.findings import Finding

_DEEPEST: Final = 100
_MOST: Final = 50_000
"""Values, and how deep they may lie: the API server takes 1.5 MiB, but aliases of YAML make any number."""

_WHOLE: Final = range(-(2**63), 2**64)
"""What JSON numbers hold, as the API server reads them."""

_HALF: Final = re.compile("[\ud800-\udfff]")


class NotPlain(Exception):
    """A value that JSON cannot say; `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def plain(value: object, path: str) -> Any:
    """A copy of maps, lists, texts and numbers; dates become texts. `path` is its place. Raises NotPlain."""
    return _Plain().value(value, path, _DEEPEST)


class _Plain:
    """Makes JSON of what YAML gave, which may be more than JSON can say. Counts what it has seen."""

    def __init__(self) -> None:
        self._seen = 0

    def value(self, value: object, path: str, deepest: int) -> Any:
        """The value, or a copy of it. Raises NotPlain."""
        self._seen += 1
        if not deepest or self._seen > _MOST:
            raise NotPlain(Finding(path, f"is too much: {_MOST:,} values are the most, {_DEEPEST} within each other"))
        match value:
            case Mapping():
                return {
                    self._key(key, path): self.value(item, f"{path}.{key}", deepest - 1) for key, item in value.items()
                }
            case list() | tuple():
                return [self.value(item, f"{path}[{index}]", deepest - 1) for index, item in enumerate(value)]
            case date():
                return value.isoformat()
        if value is None or isinstance(value, bool) or is_text(value) or _is_number(value):
            return value
        raise NotPlain(Finding(path, "is nothing that JSON can say; a text needs quotes"))

    def _key(self, key: object, path: str) -> str:
        if isinstance(key, bool) or not (is_text(key) or _is_number(key)):
            raise NotPlain(Finding(path, "has a key that is no text; quote it"))
        return str(key)


def is_text(value: object) -> bool:
    """Whether it is a text, without the halves of characters that no encoding takes."""
    return isinstance(value, str) and _HALF.search(value) is None


def _is_number(value: object) -> bool:
    return isfinite(value) if isinstance(value, float) else isinstance(value, int) and value in _WHOLE
