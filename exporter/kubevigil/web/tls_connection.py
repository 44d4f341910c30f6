"""One client that speaks TLS: a connection whose socket is an encrypted stream.

Only the loop's thread touches the stream, since OpenSSL's state is for one thread at a time; a worker that has written
wakes the loop. The deadline for a header runs from the connect, so the handshake is within it.
"""

import logging
import socket as sockets
import threading
from typing import Any, Final, Protocol

from kubevigil.web.connection import Connection, Owner
from kubevigil.web.tls_context import Encryption
from kubevigil.web.tls_stream import TlsStream, Unwelcome

_log: Final = logging.getLogger(__name__)


class TlsOwner(Owner, Protocol):
    """The server of such connections."""

    thread: int

    def encryption(self) -> Encryption:
        """That of connections which begin now."""


class TlsConnection(Connection):
    """One client."""

    socket: TlsStream | None
    server: TlsOwner

    def __init__(self, server: TlsOwner, plain: sockets.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(server, TlsStream(plain, server.encryption), *arguments, **named)

    def readable(self) -> bool:
        """Whether to read on."""
        # A client that takes none of our answers to its handshakes gets no more of them.
        return bool(super().readable()) and not self._unsent

    def writable(self) -> bool:
        """Whether there is something to send or to close."""
        return bool(super().writable()) or self._unsent

    def handle_read(self) -> None:
        """Goes on with the handshake, or takes what the client said."""
        if self.socket is None:
            return
        try:
            data = self.socket.recv()
        except Unwelcome as error:
            _log.debug("TLS handshake refused", extra={"fields": {"client": self.addr[0], "reason": str(error)}})
            self.handle_close()
        except OSError:
            self.handle_close()
        else:
            self._take(data)

    def handle_write(self) -> None:
        """Sends what waits, encrypted bytes first."""
        if self.socket is not None:
            self.socket.begin_turn()
            self._flush_exception(lambda **_: self.socket is not None and self.socket.flush())
        super().handle_write()

    @property
    def _unsent(self) -> bool:
        return self.socket is not None and self.socket.unsent

    def _take(self, data: bytes | None) -> None:
        if data:
            self.received(data)
        elif data is not None:
            self.handle_close()

    def _flush_some(self, do_close: bool = True) -> bool:
        if threading.get_ident() != self.server.thread:
            return False
        return bool(super()._flush_some(do_close=do_close))
