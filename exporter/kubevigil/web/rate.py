"""A token bucket: so many requests at once, then one each interval."""

from threading import Lock

from kubevigil.model.clock import Monotonic
from kubevigil.web.security import Rate


class Bucket:
    """Full at the start. Any thread may take from it."""

    def __init__(self, rate: Rate, clock: Monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._lock = Lock()
        self._tokens, self._since = float(rate.burst), clock()

    def take(self) -> bool:
        """Whether there was a token left; it is gone then."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._rate.burst, self._tokens + (now - self._since) / self._rate.interval)
            self._since = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
