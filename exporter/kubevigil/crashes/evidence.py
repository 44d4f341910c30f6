"""The last step before evidence leaves the capture: redaction, and the cut to size. Pure but for the redaction given.

What cannot be redacted is withheld: no text goes on that the redaction has not seen whole.
"""

from collections.abc import Callable

import msgspec

from kubevigil.crashes.clipping import last_bytes, size_of, without_first_bytes
from kubevigil.crashes.source import Gathered
from kubevigil.model.record import CaptureResult, Evidence, RecordedEvent, RecordedLog

Redact = Callable[[str, str], str]
"""The text without its secrets; the second argument is the value of the pod's annotation, '' for none."""


class NotRedacted(Exception):
    """The redaction failed on something, which was withheld. Its cause's words may hold what it failed on."""


def redacted(gathered: Gathered, redact: Redact, *, limit: int) -> tuple[Evidence, NotRedacted | None]:
    """The evidence as it may be written, its log's text of at most `limit` bytes; what failed, if anything did."""
    failures: list[Exception] = []

    def cleaned(text: str) -> str | None:
        try:
            return redact(text, gathered.redaction) if text else text
        except Exception as error:  # noqa: BLE001  whatever it was, the text has not been redacted
            failures.append(error)
            return None

    evidence = msgspec.structs.replace(
        gathered.evidence,
        log=_clean_log(gathered, cleaned, limit),
        events=tuple(_clean_event(event, cleaned) for event in gathered.evidence.events),
    )
    if not failures:
        return evidence, None
    return evidence, NotRedacted(f"the redaction raised {type(failures[0]).__name__}; what it failed on is withheld")


def _clean_log(gathered: Gathered, cleaned: Callable[[str], str | None], limit: int) -> RecordedLog:
    log = gathered.evidence.log
    text = cleaned(log.text)
    if text is None:
        return RecordedLog(CaptureResult.ERROR)
    # Where redaction took nearly everything, half of what is left has to do.
    own = without_first_bytes(text, min(gathered.lead, size_of(text) // 2))
    kept = last_bytes(own, limit)
    return RecordedLog(
        log.result,
        text=kept,
        bytes=size_of(kept),
        truncated=log.truncated or len(kept) < len(text),
        dropped=log.dropped,
    )


def _clean_event(event: RecordedEvent, cleaned: Callable[[str], str | None]) -> RecordedEvent:
    return msgspec.structs.replace(event, message=cleaned(event.message) or "")
