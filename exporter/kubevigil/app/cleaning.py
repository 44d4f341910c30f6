"""Takes secrets out of what containers and Kubernetes say, as the settings and the pod's owner want it, and counts."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final

from kubevigil.crashes.redaction.choice import switched_off
from kubevigil.crashes.redaction.detector import Detector
from kubevigil.crashes.redaction.names import NAMES
from kubevigil.crashes.redaction.redactor import Redactor
from kubevigil.crashes.sanitising import sanitise

_log = logging.getLogger(__name__)

WITHHELD: Final = "[withheld: the redaction failed]"
_CHOICES: Final = 64
"""Combinations of switched-off detectors that are kept ready; pods have few, and an owner could make up many."""


class Cleaner:
    """Thread-safe. `counted` hears how often each detector found something."""

    def __init__(self, off: Collection[str], extra: Collection[Detector], counted: Callable[[str, int], None]) -> None:
        self._redactor = lru_cache(_CHOICES)(
            lambda asked: _made({*off, *asked}, [own for own in extra if own.name not in asked])
        )
        self.names = (*(name for name in NAMES if name not in off), *(own.name for own in extra))
        self._counted = counted

    def redact(self, text: str, annotation: str) -> str:
        """The text without its secrets; `annotation` is the pod's `kubevigil.io/redaction`, '' for none."""
        asked = switched_off(annotation, self.names) if annotation else frozenset()
        if asked == frozenset(self.names):
            return text
        cleaned = self._redactor(asked).redact(text)
        self._count(cleaned.hits)
        return cleaned.text

    def message(self, text: str, annotation: str) -> str:
        """A message of Kubernetes or a container, as it may be written; WITHHELD if it cannot be redacted."""
        if not text:
            return text
        try:
            return self.redact(sanitise(text), annotation)
        except Exception as error:  # noqa: BLE001  a message must not keep its crash from being recorded
            _log.error("redaction failed", extra={"fields": {"error": type(error).__name__}})
            return WITHHELD

    def _count(self, hits: Mapping[str, int]) -> None:
        for name, times in hits.items():
            self._counted(name, times)


def _made(off: Collection[str], extra: Sequence[Detector]) -> Redactor:
    from kubevigil.crashes.redaction.builtin import selected  # noqa: PLC0415  made for the first text, not the start

    return selected(off, extra)
