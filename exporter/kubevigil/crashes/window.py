"""The time in which an instance's own lines can have been stamped. Pure."""

from typing import Final, NamedTuple

AFTER_THE_END: Final = 1.25
"""Seconds. `finishedAt` is cut to whole seconds, and the runtime stamps a last line up to 28 ms after the exit. On a
real kubelet 1.25 s refused 245 of 245 answers of another instance and cut no own word; 2 s would have let 20 pass."""


class Window(NamedTuple):
    """Unix seconds, the beginning included and the end not; None where nothing is known."""

    start: float | None
    end: float | None

    def holds(self, moment: float) -> bool:
        """Whether a line of that moment can be the instance's own."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


def window_of(started_at: float | None, finished_at: float | None) -> Window:
    """The window of an instance. The API says 1970 of a start or an end that never was, which is no bound."""
    return Window(started_at or None, finished_at + AFTER_THE_END if finished_at else None)
