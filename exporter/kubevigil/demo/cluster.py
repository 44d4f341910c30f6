"""The simulated cluster as one object: its world, its API over HTTP, its faults and its truth.

`start` opens the server on the loopback, `stop` ends every thread and closes every socket. The world can be stepped
before, while and after the server runs.
"""

from kubevigil.demo.access import Access
from kubevigil.demo.api import Stream, answer
from kubevigil.demo.apiserver import ApiServer, Request
from kubevigil.demo.calls import Call
from kubevigil.demo.faults import FaultSet
from kubevigil.demo.replies import Reply
from kubevigil.demo.truth import TrueEnd
from kubevigil.demo.watching import Pace
from kubevigil.demo.world import World
from kubevigil.model import clock


class SimulatedCluster:
    """One cluster. `speed` is how many seconds of a story pass in one second; the world itself has no pace.

    `keep_changes` bounds the history that a watch can resume from; `bookmark_every` is in seconds.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        speed: float = 1.0,
        wall: clock.Wall = clock.wall,
        monotonic: clock.Monotonic = clock.monotonic,
        keep_changes: int = 5000,
        bookmark_every: float = 60.0,
    ) -> None:
        self.seed = seed
        self.speed = speed
        self.monotonic = monotonic
        self.world = World(seed=seed, wall=wall, keep_changes=keep_changes)
        self.faults = FaultSet()
        self.access = Access()
        self._pace = Pace(monotonic, bookmark_every)
        self._server: ApiServer | None = None

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve, on a free port for 0. Returns the base URL. Raises OSError if the address is taken.

        After a `stop` it can be started again with the same world, as an API server that was restarted.
        """
        self.world.history.reopen()
        server = ApiServer((host, port), self._respond, self.access, self.faults)
        server.start()
        self._server = server
        return server.url

    def stop(self) -> None:
        """End every watch, thread and connection; a second call does nothing."""
        server, self._server = self._server, None
        self.world.history.close()
        if server is not None:
            server.stop()

    def truth(self) -> list[TrueEnd]:
        """Every end so far, oldest first, whether the API ever showed it or not."""
        return self.world.truth()

    def requests(self) -> list[Request]:
        """The latest requests, oldest first."""
        return list(self._server.requests) if self._server else []

    def _respond(self, call: Call) -> Reply | Stream:
        return answer(call, self.world, self._pace)
