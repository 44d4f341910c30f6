"""An API server that replays a recording, from ready bytes: a process of its own, whose CPU nobody counts.

It lists pods in pages or whole and watches them, also with the initial events that a WatchList asks for, in JSON or in
protobuf, as the client accepts. A crash's pod, log and (no) Events can be read. Nothing happens until it is told to:
a line on stdin is `EVENTS PER_SECOND` (0: as fast as they are taken), and is answered with a line once there is a watch
and so many more events were written to each. The first line on stdout is the port. It ends when stdin does.

Run: python -m tests.perf.replay_server FOLDER
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tests.perf import replay_wire
from tests.perf.recording import Recording

_STEPS_PER_SECOND: Final = 50
_MOST_AT_ONCE: Final = 64
_BOOKMARK_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 600.0
"""For a client that may have died."""

_LINE: Final = (
    '2026-03-02T07:{:02d}:{:02d}.{:09d}Z level=error msg="request failed" path=/orders/{} status=500 retry=3\n'
)
LOG: Final = "".join(_LINE.format(n // 60, n % 60, n * 7919, n * 131) for n in range(40)).encode()


class Replay:
    """What was replayed so far; `present` are the numbers of the newest line of each pod there is."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.changed = Condition()
        self.position = recording.index.listed
        """The number of the next line to come."""
        self.present = {line.uid: number for number, line in enumerate(recording.index.lines[: self.position])}
        self.places = {line.place: number for number, line in enumerate(recording.index.lines[: self.position])}
        self.watches: dict[int, int] = {}
        """Each open watch, and the number of the next line that it will be sent."""

    def advance(self, events: int) -> None:
        """Lets so many more events happen."""
        with self.changed:
            for number in range(self.position, self.position + events):
                line = self.recording.index.lines[number]
                self.places[line.place] = number
                self.present.pop(line.uid, None)
                if line.type != "DELETED":
                    self.present[line.uid] = number
            self.position += events
            self.changed.notify_all()

    def advance_at(self, events: int, per_second: int) -> None:
        """The same at a rate, and waits until there is a watch, and every watch was sent them."""
        began, sent = time.monotonic(), 0
        while per_second and sent < events:
            due = min(events, int((time.monotonic() - began) * per_second)) - sent
            self.advance(due)
            sent += due
            time.sleep(1 / _STEPS_PER_SECOND)
        self.advance(events - sent)
        with self.changed:
            self.changed.wait_for(
                lambda: bool(self.watches) and min(self.watches.values()) >= self.position, _PATIENCE_SECONDS
            )

    def wait(self, watch: int, position: int) -> range:
        """The numbers of the lines that came since; empty after a minute without any. Tells how far the watch is."""
        with self.changed:
            self.watches[watch] = position
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.position > position, _BOOKMARK_SECONDS)
            return range(position, min(self.position, position + _MOST_AT_ONCE))


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    replay: Replay

    def do_GET(self) -> None:
        """Answers as the API server does."""
        path, query = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        wire = replay_wire.wire_for(self.headers.get("Accept", ""))
        match path.strip("/").split("/"):
            case ["version"]:
                self._answer(b'{"major":"1","minor":"35","gitVersion":"v1.35.4"}')
            case ["api", "v1", "pods"] if query.get("watch") in ("1", "true"):
                self._watch(wire, query)
            case ["api", "v1", "pods"]:
                self._list(wire, query)
            case ["api", "v1", "namespaces", namespace, "pods", name]:
                self._answer(self.replay.recording.json(self.replay.places[f"{namespace}/{name}"]))
            case ["api", "v1", "namespaces", _, "pods", _, "log"]:
                self._answer(LOG, "text/plain")
            case ["api", "v1", "namespaces", _, "events"]:
                self._answer(b'{"kind":"EventList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}')
            case _:
                self._answer(b'{"kind":"Status","apiVersion":"v1","status":"Failure","code":404}', code=404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Says nothing."""

    def _answer(self, body: bytes, kind: str = "application/json", code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _list(self, wire: replay_wire.Wire, query: dict[str, str]) -> None:
        with self.replay.changed:
            numbers, position = sorted(self.replay.present.values()), self.replay.position
        start = int(query.get("continue", 0))
        # A list from the watch cache (resourceVersion=0) is never cut into pages.
        limit = 0 if query.get("resourceVersion") == "0" else int(query.get("limit", 0))
        page = numbers[start : start + limit] if limit else numbers
        token = str(start + limit) if limit and start + limit < len(numbers) else ""
        version = self.replay.recording.version(position - 1)
        self._answer(wire.page(self.replay.recording, page, version, token), wire.kind)

    def _watch(self, wire: replay_wire.Wire, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", wire.watch_kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        replay = self.replay
        if query.get("sendInitialEvents") == "true":
            with replay.changed:
                numbers, position = sorted(replay.present.values()), replay.position
            for start in range(0, len(numbers), _MOST_AT_ONCE):
                self._send([wire.event(replay.recording, n, "ADDED") for n in numbers[start : start + _MOST_AT_ONCE]])
            self._send([wire.bookmark(replay.recording.version(position - 1), initial_events_end=True)])
        else:
            position = int(query["resourceVersion"]) - replay.recording.version(0) + 1
        self._follow(wire, position)

    def _follow(self, wire: replay_wire.Wire, position: int) -> None:
        replay = self.replay
        try:
            while True:
                came = replay.wait(id(self), position)
                position = came.stop
                self._send(
                    [wire.event(replay.recording, n, replay.recording.index.lines[n].type) for n in came]
                    or [wire.bookmark(replay.recording.version(position - 1), initial_events_end=False)]
                )
        except OSError:
            self.close_connection = True
        finally:
            with replay.changed:
                replay.watches.pop(id(self), None)
                replay.changed.notify_all()

    def _send(self, events: list[bytes]) -> None:
        # A chunk an event: the API server flushes after each.
        self.wfile.write(b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events))


class Server(ThreadingHTTPServer):
    """Says nothing when a client goes."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Anything but a connection that was closed is a fault of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def main() -> None:
    """Serves until stdin ends."""
    Handler.replay = Replay(Recording(Path(sys.argv[1])))
    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)  # noqa: T201  the answer to the process that asked
    for line in sys.stdin:
        events, per_second = map(int, line.split())
        Handler.replay.advance_at(events, per_second)
        print("done", flush=True)  # noqa: T201  as above


if __name__ == "__main__":
    main()
