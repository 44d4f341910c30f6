"""The thread loop that follows one scope: does what the reflector says, hands what comes in to the handler.

Bytes of one page or one read are in memory at a time. The version moves on after the handler returned, so what a
handler did not take is sent again. Whatever the API server or the network does ends a request, never the loop; what
the handler raises ends the loop, for a supervisor to see. A run always begins with a list.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, Generic, TypeVar

from kubevigil.kube.answers import Bookmark, Change, EventType, Failure, KubeObject, Skipped, SkipReason
from kubevigil.kube.decode import Decoder
from kubevigil.kube.errors import Gone, Interrupted, KubeError
from kubevigil.kube.framing import LINE_LIMIT, LineSplitter
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.reflector import PAGE_SIZE, ListPage, Reflector, Wait, Watch
from kubevigil.kube.roles import Api, Cause, Handler, Observer, Stream, cause_of
from kubevigil.kube.statuses import error_of_event
from kubevigil.model.clock import Monotonic

READ_TIMEOUT: Final = 73.0
"""Seconds. The API server sends a bookmark every minute; silence beyond that is a connection that is half-open.

With the first wait of the backoff (0.96 s at most) a watch that fell silent is open again within 75 s.
"""

T = TypeVar("T", bound=KubeObject)


@dataclass(frozen=True, slots=True)
class Scope(Generic[T]):
    """What to follow: the objects of type `item_type` under `path`; `query` has selectors, if any."""

    path: str
    item_type: type[T]
    query: Mapping[str, str]


class Driver(Generic[T]):
    """Follows one scope. `run` belongs to one thread; `stop` may be called by any, and is for good.

    `clock`, `random` and `pause` (how to wait; by default until `stop`) are the test's to give. `first_delay` is in
    seconds: see `backoff.first_delay`.
    """

    def __init__(
        self,
        api: Api,
        scope: Scope[T],
        handler: Handler[T],
        observer: Observer,
        *,
        clock: Monotonic,
        random: Random,
        first_delay: float = 0.0,
        page_size: int = PAGE_SIZE,
        read_timeout: float = READ_TIMEOUT,
        line_limit: int = LINE_LIMIT,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self._api = api
        self._scope = scope
        self._handler = handler
        self._observer = observer
        self._clock = clock
        self._read_timeout = read_timeout
        self._line_limit = line_limit
        self._interrupt = Interrupt()
        self._pause = pause or self._interrupt.wait
        self._decoder = Decoder(scope.item_type)
        self._brought = True  # whether the last watch brought a byte
        self._reflector = Reflector(clock, random, page_size=page_size, first_delay=first_delay)

    def run(self) -> None:
        """Follows the scope until `stop`. Raises only what the handler or the observer raises."""
        self._reflector.start_anew()
        self._observer.synced(False)
        try:
            while not self._interrupt.fired:
                self._do(self._reflector.next_step())
        finally:
            self._observer.synced(False)

    def stop(self) -> None:
        """Ends the run: a wait or a blocked read at once, a connection that is being made after its timeout."""
        self._interrupt.fire()

    def _do(self, step: Wait | ListPage | Watch) -> None:
        try:
            match step:
                case Wait(seconds):
                    self._pause(seconds)
                case ListPage():
                    self._list(step)
                case Watch():
                    self._watch(step)
        except Interrupted:
            return
        except KubeError as error:
            self._failed(error)

    def _failed(self, error: KubeError) -> None:
        if self._interrupt.fired:
            return
        cause = cause_of(error)
        self._reflector.failed(error)
        if cause is Cause.DENIED:
            self._observer.synced(False)
        self._observer.reconnect(cause)
        self._observer.failure(error)

    def _list(self, step: ListPage) -> None:
        body = self._api.get_bytes(
            self._scope.path,
            {**self._scope.query, **step.query},
            read_timeout=self._read_timeout,
            interrupt=self._interrupt,
        )
        self._observer.activity(self._clock())
        page = self._decoder.page(body)
        del body
        if step.first:
            self._handler.sync_started()
        self._handler.page(page.items)
        for lost in page.skipped:
            self._observer.skipped(lost)
            if lost.uid:
                self._handler.unreadable(lost.uid)
        uids = [item.metadata.uid for item in page.items] + [lost.uid for lost in page.skipped if lost.uid]
        if self._reflector.page_listed(uids, page.continue_token):
            self._finish_list(page.resource_version)

    def _finish_list(self, resource_version: str) -> None:
        for uid in self._reflector.vanished():
            self._handler.vanished(uid)
        self._handler.sync_finished(resource_version)
        self._reflector.list_finished(resource_version)
        self._observer.synced(True)

    def _watch(self, step: Watch) -> None:
        query = {**self._scope.query, **step.query}
        stream = self._api.open(self._scope.path, query, read_timeout=self._read_timeout, interrupt=self._interrupt)
        with stream:
            self._reflector.watch_opened()
            if self._brought:
                # A quiet cluster may send no more than the head for a minute; only heads, again and again, are silence.
                self._observer.activity(self._clock())
            self._brought = False
            self._observer.synced(True)
            self._follow(stream)
        if not self._interrupt.fired:
            self._reflector.watch_ended()
            self._observer.reconnect(Cause.TIMEOUT)

    def _follow(self, stream: Stream) -> None:
        splitter = LineSplitter(self._line_limit)
        oversized = 0
        while data := stream.read():
            self._brought = True
            self._observer.activity(self._clock())
            lines = splitter.feed(data)
            for _ in range(splitter.oversized - oversized):
                self._observer.skipped(Skipped(SkipReason.TOO_LARGE))
            oversized = splitter.oversized
            if lines:
                self._take_all(lines)

    def _take_all(self, lines: list[bytes]) -> None:
        try:
            for line in lines:
                self._take(line)
        except KubeError:
            self._handler.batch_done()
            raise
        self._handler.batch_done()

    def _take(self, line: bytes) -> None:
        event = self._decoder.event(line)
        if isinstance(event, Change):
            self._change(event)
            return
        match event:
            case Bookmark(resource_version):
                self._reflector.advance(resource_version)
            case Skipped() as lost:
                self._skip(lost)
            case Failure() as failure:
                raise error_of_event(failure)

    def _change(self, change: Change[T]) -> None:
        item = change.item
        if change.type is EventType.DELETED:
            self._handler.deleted(item)
            self._reflector.absent(item.metadata.uid, item.metadata.resource_version)
        else:
            self._handler.changed(item)
            self._reflector.present(item.metadata.uid, item.metadata.resource_version)

    def _skip(self, lost: Skipped) -> None:
        self._observer.skipped(lost)
        self._reflector.advance(lost.resource_version)
        if lost.deleted and self._reflector.knows(lost.uid):
            # The handler cannot be shown its last body; a new list tells it that the object vanished.
            raise Gone("an object was deleted whose last state cannot be decoded")
