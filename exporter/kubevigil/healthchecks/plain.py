"""What YAML gave, as JSON: YAML can say more, and a template is sent to the API server, which takes JSON alone."""

import re
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any, Final, TypeGuard

from kubevigil.healthchecks.findings import Finding

_DEEPEST: Final = 100
_MOST: Final = 50_000
_LONGEST: Final = 3 << 20
"""Values, how deep they may lie, and their characters in all: the API server takes 3 MiB of a request, etcd half of
that, but aliases of YAML make any number of a text that is there once."""

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
        self._characters = 0

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
        if is_text(value):
            return self._text(value, path)
        if value is None or isinstance(value, bool) or _is_number(value):
            return value
        raise NotPlain(Finding(path, "is nothing that JSON can say; a text needs quotes"))

    def _key(self, key: object, path: str) -> str:
        if isinstance(key, bool) or not (is_text(key) or _is_number(key)):
            raise NotPlain(Finding(path, "has a key that is no text; quote it"))
        return self._text(str(key), path)

    def _text(self, text: str, path: str) -> str:
        self._characters += len(text)
        if self._characters > _LONGEST:
            raise NotPlain(Finding(path, f"is too much: {_LONGEST:,} characters in all are the most"))
        return text


def is_text(value: object) -> TypeGuard[str]:
    """Whether it is a text, without the halves of characters that no encoding takes."""
    return isinstance(value, str) and _HALF.search(value) is None


def _is_number(value: object) -> bool:
    return isfinite(value) if isinstance(value, float) else isinstance(value, int) and value in _WHOLE
