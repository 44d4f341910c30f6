"""What happens when: actions in the order of their due time, run at a pace. One thread runs it.

Time here is the story's own, in seconds from its begin; `speed` says how many of them pass in a second. The order of
the actions does not depend on the pace, so that one seed makes one story.
"""

import heapq
import itertools
import threading
from collections.abc import Callable

from kubevigil.model.clock import Monotonic

Action = Callable[[], None]


class Timeline:
    """Actions that are still to come. Actions may add further ones; not thread-safe."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Action]] = []
        self._order = itertools.count()

    def after(self, seconds: float, action: Action) -> None:
        """Have `action` run so many seconds of the story from now."""
        heapq.heappush(self._heap, (self.now + seconds, next(self._order), action))

    def run(self, *, until: float | None, speed: float, monotonic: Monotonic, stop: threading.Event) -> None:
        """Run the actions as they fall due, up to `until` (None: as long as there are any) or until `stop` is set."""
        begin = monotonic() - self.now / speed
        while self._heap and not stop.is_set():
            due, _, action = self._heap[0]
            if until is not None and due > until:
                break
            if stop.wait(max(0.0, begin + due / speed - monotonic())):
                return
            heapq.heappop(self._heap)
            self.now = due
            action()
        if until is not None:
            stop.wait(max(0.0, begin + until / speed - monotonic()))
            self.now = until
