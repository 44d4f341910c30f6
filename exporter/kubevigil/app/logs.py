"""Sets up logging: every log line of ours and of libraries goes to one stream, in one shape.

Standard logging underneath. Warnings and errors that repeat themselves word for word are told at once, then at most
twice a minute with `repeated`, the number held back; what an error chain says is told in one line, a traceback at
level debug only.
"""

import logging
import traceback
from typing import Final, TextIO

from kubevigil.app.log_lines import JsonLines, TextLines, event_of, fields_of
from kubevigil.app.throttle import Throttle
from kubevigil.model.clock import Monotonic, monotonic

_REPEAT_SECONDS: Final = 30.0
_capabilities: Final = logging.getLogger("kubevigil.capability")


def configure(*, style: str, level: str, stream: TextIO | None = None, clock: Monotonic = monotonic) -> None:
    """Sends all log records of at least `level` (debug, info, warning, error) to `stream` (stderr), as json or text.

    Replaces what was set up before. A stream that is gone loses lines, never the process.
    """
    handler = _Lines(stream)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    handler.addFilter(_HoldRepeats(Throttle(_REPEAT_SECONDS, clock)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)


def capability(name: str, *, on: bool, reason: str) -> None:
    """Tells in one line whether a part works here, and why (not)."""
    fields = {"name": name, "state": "on" if on else "off", "reason": reason}
    _capabilities.info("capability", extra={"fields": fields})


class _Lines(logging.StreamHandler[TextIO]):
    """Writes lines; adds the traceback where debug is on."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info and logging.getLogger().level <= logging.DEBUG:
            lines = "".join(traceback.format_exception(*record.exc_info))
            record = logging.makeLogRecord(record.__dict__ | {"fields": _fields(record) | {"traceback": lines}})
        return super().format(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is logging's
        """Nothing: the place to tell of it is the one that failed."""


class _HoldRepeats(logging.Filter):
    def __init__(self, throttle: Throttle) -> None:
        super().__init__()
        self._throttle = throttle

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        held = self._throttle.admit((record.levelno, record.name, event_of(record), repr(fields_of(record))))
        record.repeated = held or 0
        return held is not None


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return dict(getattr(record, "fields", None) or {})
