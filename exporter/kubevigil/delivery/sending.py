"""Sends batches, a few at a time, and gathers what became of each document; never raises.

A batch that is too large for the server is halved until it is not. Any other failure of a request ends the batch:
whether and when what is left of it is tried again is for the caller.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Final

from kubevigil.delivery.bulk import Item, body_of
from kubevigil.delivery.errors import DeliveryError, Reason, TooLarge
from kubevigil.delivery.verdicts import Refused, Verdict, verdicts_of
from kubevigil.model.wording import one_line

Send = Callable[[bytes], bytes]
"""Sends the body of a bulk request; the body of the answer. Raises DeliveryError."""

MOST_AT_ONCE: Final = 4


@dataclass(slots=True)
class Outcome:
    """What became of documents: verdicts by id; of what is neither judged nor `failed`, nothing was tried."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    failure: DeliveryError | None = None
    failed: tuple[Item, ...] = ()
    """What the requests carried that failed as a whole, the last of them by `failure`."""

    largest: int = 0
    """How many documents the largest request had that was answered."""

    too_large: int = 0
    """Bytes of the smallest request that was too large and had more than one document; 0 for none."""


def send_batches(batches: Sequence[Sequence[Item]], send: Send) -> Outcome:
    """Sends all batches at the same time; `send` is called by as many threads."""
    outcomes = [Outcome() for _ in batches]
    pairs = list(zip(batches, outcomes, strict=True))
    others = [
        # Daemons, so that a server that never answers holds up no end of ours; all that is lost is an answer.
        Thread(target=_send_batch, args=(batch, send, outcome), name="deliver", daemon=True)
        for batch, outcome in pairs[1:]
    ]
    for thread in others:
        thread.start()
    for batch, outcome in pairs[:1]:
        _send_batch(batch, send, outcome)
    for thread in others:
        thread.join()
    return together(outcomes)


def _send_batch(batch: Sequence[Item], send: Send, outcome: Outcome) -> None:
    parts = deque([batch])
    while parts:
        part = parts.popleft()
        body = body_of(part)
        try:
            outcome.verdicts |= verdicts_of(send(body), (item.id for item in part))
            outcome.largest = max(outcome.largest, len(part))
        except TooLarge as error:
            if len(part) == 1:
                outcome.verdicts[part[0].id] = Refused(Reason.TOO_LARGE, one_line(str(error)))
                continue
            outcome.too_large = len(body)
            middle = len(part) // 2
            parts.extendleft((part[middle:], part[:middle]))
        except Exception as error:  # noqa: BLE001  a fault of ours must not lose what is being sent
            outcome.failure = error if isinstance(error, DeliveryError) else _fault(error)
            outcome.failed = tuple(part)
            return


def _fault(error: Exception) -> DeliveryError:
    failure = DeliveryError(f"a fault of Kubevigil: {type(error).__name__}")
    failure.__cause__ = error
    return failure


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """All of them as one; where several requests failed, by the last failure."""
    whole = Outcome()
    for outcome in outcomes:
        whole.verdicts |= outcome.verdicts
        if outcome.failure is not None:
            whole.failure = outcome.failure
            whole.failed += outcome.failed
        whole.largest = max(whole.largest, outcome.largest)
        if outcome.too_large:
            whole.too_large = min(filter(None, (whole.too_large, outcome.too_large)))
    return whole
