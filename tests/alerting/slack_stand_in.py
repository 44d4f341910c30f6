"""A stand-in for Slack: incoming webhooks, chat.postMessage and chat.update, with their answers and their limits.

A bot's calls reach it as a proxy: a client that is told to use it asks for slack.com, and gets it under a certificate
that the client trusts for this. So what is tested has Slack's own addresses in its configuration.
"""

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import trustme

from . import slack_rules

TOKEN = "xoxb-the-token-of-the-tests"


@dataclass
class Message:
    """A message in a channel, as it stands now, and how often it was edited."""

    channel: str
    ts: str
    payload: slack_rules.Payload
    edits: list[slack_rules.Payload] = field(default_factory=list)

    @property
    def attachment(self) -> slack_rules.Payload:
        (attachment,) = self.payload["attachments"]
        assert isinstance(attachment, dict)
        return attachment

    @property
    def text(self) -> str:
        return str(self.attachment["text"])

    @property
    def title(self) -> str:
        return str(self.attachment["title"])


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    retry_after: int | None = None

    @property
    def is_json(self) -> bool:
        return self.body.startswith("{")


def _said(ok: bool, **more: str) -> Answer:
    return Answer(200, json.dumps({"ok": ok, **more}))


class Workspace:
    """The channels and what was posted in them. Pure but for its lock; the clock is passed in, in seconds."""

    def __init__(self, *, channels: dict[str, str], clock: Callable[[], float], seconds_between: float = 1.0) -> None:
        """`channels`: id by name, such as {"#alerts": "C0001"}; a webhook's is its path.

        Slack takes a message a second in a channel, and lets short bursts pass; this one lets none.
        """
        self._channels = channels
        self._clock = clock
        self._between = seconds_between
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._messages: list[Message] = []
        self.refused: list[str] = []
        self.faults: list[str] = []
        self.limited = 0
        self.limit_next = 0

    def messages(self) -> list[Message]:
        with self._lock:
            return list(self._messages)

    def by_webhook(self, path: str, payload: slack_rules.Payload) -> Answer:
        """An incoming webhook's answers are words; the channel in the payload is not heeded."""
        with self._lock:
            if path not in self._channels.values():
                return self._refuse(Answer(404, "no_service"))
            if wrong := slack_rules.answer_to(payload):
                return self._refuse(Answer(400, wrong))
            if late := self._too_soon(path):
                return late
            self._post(path, payload)
            return Answer(200, "ok")

    def by_bot(self, method: str, token: str, payload: slack_rules.Payload) -> Answer:
        """A Web API method's answers are JSON with status 200, but for 429."""
        with self._lock:
            if token != f"Bearer {TOKEN}":
                return self._refuse(_said(ok=False, error="invalid_auth" if token else "not_authed"))
            if wrong := slack_rules.answer_to(payload):
                return self._refuse(_said(ok=False, error=wrong))
            if method == "chat.update":
                return self._update(payload)
            if method == "chat.postMessage":
                return self._to_channel(payload)
            return self._refuse(_said(ok=False, error="unknown_method"))

    def _to_channel(self, payload: slack_rules.Payload) -> Answer:
        wanted = payload.get("channel", "")
        channel = self._channels.get(wanted if wanted.startswith(("#", "C")) else f"#{wanted}", "")
        if not channel and wanted in self._channels.values():
            channel = wanted
        if not channel:
            return self._refuse(_said(ok=False, error="channel_not_found"))
        if late := self._too_soon(channel):
            return late
        return _said(ok=True, channel=channel, ts=self._post(channel, payload).ts)

    def _update(self, payload: slack_rules.Payload) -> Answer:
        for message in self._messages:
            if (message.channel, message.ts) == (payload.get("channel"), payload.get("ts")):
                self.faults += slack_rules.faults(payload)
                message.edits.append(message.payload)
                message.payload = payload
                return _said(ok=True, channel=message.channel, ts=message.ts)
        return self._refuse(_said(ok=False, error="message_not_found"))

    def _post(self, channel: str, payload: slack_rules.Payload) -> Message:
        self.faults += slack_rules.faults(payload)
        message = Message(channel, f"1700000000.{len(self._messages):06}", payload)
        self._messages.append(message)
        return message

    def _too_soon(self, channel: str) -> Answer | None:
        now = self._clock()
        if self.limit_next or now - self._last.get(channel, -self._between) < self._between:
            self.limit_next = max(0, self.limit_next - 1)
            self.limited += 1
            return Answer(429, "rate_limited", retry_after=1)
        self._last[channel] = now
        return None

    def _refuse(self, answer: Answer) -> Answer:
        self.refused.append(answer.body)
        return answer


class Slack:
    """The workspace behind a port of this machine; a context manager."""

    def __init__(self, workspace: Workspace, host: str = "127.0.0.1") -> None:
        """`host` is this machine's address at which it is to be reached."""
        self.workspace = workspace
        self.authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("slack.com").configure_cert(context)
        handler = type("_Bound", (_Handler,), {"workspace": workspace, "context": context})
        self._server = ThreadingHTTPServer((host, 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="slack-stand-in")
        self.address = f"http://{host}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    workspace: Workspace
    context: ssl.SSLContext

    def do_CONNECT(self) -> None:
        outer = self.rfile, self.wfile
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self.context.wrap_socket(self.connection, server_side=True) as inner:
            self.connection, self.rfile, self.wfile = inner, inner.makefile("rb"), inner.makefile("wb")
            with self.rfile, self.wfile:
                self.close_connection = False
                while not self.close_connection:
                    self.handle_one_request()
        self.rfile, self.wfile = outer  # the base class flushes what it finds there

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = urlsplit(self.path).path
        if path.startswith("/api/"):
            token = self.headers.get("Authorization", "")
            self._answer(self.workspace.by_bot(path.removeprefix("/api/"), token, payload))
        else:
            self._answer(self.workspace.by_webhook(path, payload))

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=utf-8" if answer.is_json else "text/html")
        self.send_header("Content-Length", str(len(body)))
        if answer.retry_after is not None:
            self.send_header("Retry-After", str(answer.retry_after))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silence: the tests say what came."""
