"""The seam between what a crash log is wanted for and where it is had from."""

from dataclasses import dataclass
from typing import Protocol

from kubevigil.crashes.assignment import Assignment
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model.record import Evidence


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a source found, sanitised and not yet redacted.

    `redaction` is the value of the pod's annotation, '' for none. The first `lead` bytes of the log's text are there
    for the redaction only. `why` says for a log line why there is no log, '' where that needs no word; never a word
    of the container's.
    """

    evidence: Evidence
    redaction: str = ""
    lead: int = 0
    why: str = ""


class LogSource(Protocol):
    """Where logs come from. Called by several threads at once."""

    def gather(self, assignment: Assignment, *, deadline: float, interrupt: Interrupt) -> Gathered:
        """What can be found of this crash until `deadline` (monotonic).

        Whatever goes wrong is a result. Raises Interrupted alone, where `interrupt` was fired.
        """
