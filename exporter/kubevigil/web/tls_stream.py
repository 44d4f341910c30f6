"""TLS over a socket that never blocks, with the methods of a socket that the HTTP library calls.

OpenSSL works on memory here (`ssl.MemoryBIO`), so that it never touches the socket: what it has to say waits in
`unsent`, and what it has decrypted is given out at once, none is left behind that a poll of the socket would not tell.
Used by one thread. Memory: one record each way, and OpenSSL's own state from the client's first byte on.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from kubevigil.web.errors import WebError
from kubevigil.web.tls_context import Encryption

RECORD: Final = 16_384
"""The most plain bytes of a TLS record (RFC 8446, 5.1)."""

_TURN: Final = 64 * RECORD
"""So much is encrypted for one client before the next one has its turn."""

_PLAIN_HTTP: Final = "HTTP_REQUEST"
"""OpenSSL's reason where the first bytes are an HTTP request."""

_SPEAK_TLS: Final = b"This port speaks HTTPS: use https:// instead of http://\n"
_USE_TLS: Final = (
    f"HTTP/1.0 {HTTPStatus.BAD_REQUEST.value} {HTTPStatus.BAD_REQUEST.phrase}\r\nContent-Type: text/plain\r\n"
    f"Content-Length: {len(_SPEAK_TLS)}\r\nConnection: close\r\n\r\n"
).encode() + _SPEAK_TLS


class Unwelcome(WebError):
    """The client did not get through the handshake; the connection is of no more use."""


class TlsStream:
    """The server's side of a connection; which encryption it is to have is asked at the client's first byte."""

    def __init__(self, plain: socket.socket, encryption: Callable[[], Encryption]) -> None:
        self._plain, self._latest = plain, encryption
        self._encryption: Encryption | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._shaken = False
        self._unsent = memoryview(b"")
        self._owed, self._left = 0, _TURN

    def recv(self) -> bytes | None:
        """What the client said, whole as far as it has come; None if that is nothing yet, empty at the end.

        Raises OSError for a broken connection and Unwelcome for a client that does not get through the handshake.
        """
        try:
            raw = self._plain.recv(RECORD)
        except BlockingIOError:
            return None
        if not raw:
            return b""
        self._incoming.write(raw)
        if not self._shaken:
            self._shake()
        data = self._read() if self._shaken else None
        self.flush()
        return data

    def begin_turn(self) -> None:
        """Lets `send` go on: a client that reads as fast as we write would otherwise never let go of the thread."""
        self._left = _TURN

    def send(self, data: bytes | memoryview) -> int:
        """Encrypts a record's worth of `data`; how much of it the kernel has taken, 0 to be asked again.

        Bytes count as taken with the last of their record; until then the call expects the same bytes again.
        Raises OSError.
        """
        if self._tls is None:
            raise ConnectionResetError("no TLS yet")
        if not self._owed:
            if self._left <= 0 or not self.flush():
                return 0
            self._owed = self._tls.write(memoryview(data)[:RECORD])
            self._left -= self._owed
        if not self.flush():
            return 0
        taken, self._owed = self._owed, 0
        return taken

    @property
    def unsent(self) -> bool:
        """Whether encrypted bytes wait for the socket."""
        return bool(self._unsent) or self._outgoing.pending > 0

    def flush(self) -> bool:
        """Sends what waits as far as the kernel takes it; whether that was all. Raises OSError."""
        while self.unsent:
            if not self._unsent:
                self._unsent = memoryview(self._outgoing.read())
            try:
                self._unsent = self._unsent[self._plain.send(self._unsent) :]
            except BlockingIOError:
                return False
        return True

    def close(self) -> None:
        """Says goodbye if the kernel takes it at once, then closes."""
        with contextlib.suppress(OSError):
            if self._shaken and self._tls is not None:
                with contextlib.suppress(ssl.SSLError):
                    self._tls.unwrap()
                self.flush()
        self._plain.close()

    def fileno(self) -> int:
        """The socket's."""
        return self._plain.fileno()

    def setblocking(self, flag: bool) -> None:
        """Must be false."""
        self._plain.setblocking(flag)

    def getsockopt(self, *option: Any) -> Any:
        """The socket's."""
        return self._plain.getsockopt(*option)

    def setsockopt(self, *option: Any) -> None:
        """The socket's."""
        self._plain.setsockopt(*option)

    def shutdown(self, how: int) -> None:
        """The socket's, without a goodbye."""
        self._plain.shutdown(how)

    def _shake(self) -> None:
        if self._tls is None or self._encryption is None:
            self._encryption = self._latest()
            self._tls = self._encryption.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except (ssl.SSLError, ValueError) as error:
            self._refuse(error)
        self._shaken = True
        if not self._encryption.welcomes(self._tls):
            raise Unwelcome("its certificate has none of the allowed names")

    def _refuse(self, error: Exception) -> None:
        """Sends the alert that OpenSSL has prepared, or to a client without TLS what it can read."""
        reason = getattr(error, "reason", None) or "no TLS"
        with contextlib.suppress(OSError):
            if reason == _PLAIN_HTTP:
                self._plain.send(_USE_TLS)
            else:
                self.flush()
        raise Unwelcome(reason) from error

    def _read(self) -> bytes | None:
        assert self._tls is not None
        parts, ended = [], False
        while not ended:
            try:
                part = self._tls.read(RECORD)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                part = b""
            ended = not part
            parts.append(part)
        return b"".join(parts) or (b"" if ended else None)
