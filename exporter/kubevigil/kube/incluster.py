"""The configuration that Kubernetes gives every pod: a service account's token and the cluster's CA, as files.

Read by ourselves, so that a pod never imports the heavy `kubernetes` package (0.4 CPU seconds, 46 MB). The kubelet
replaces the token about once an hour; it is read again when the file's time changes, at the latest after a minute, and
after a 401. Source: "Accessing the Kubernetes API from a Pod"; the minute is client-go's.
"""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Final

from kubevigil.kube.access import Server
from kubevigil.kube.errors import BadConfig, NoAccount
from kubevigil.model.clock import Monotonic

DIRECTORY: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
HOST: Final = "KUBERNETES_SERVICE_HOST"
PORT: Final = "KUBERNETES_SERVICE_PORT"
_REREAD_AFTER: Final = 60.0


class TokenFile:
    """A bearer token in a file that somebody else replaces now and then. Thread-safe; its repr shows the path only."""

    def __init__(self, path: Path, clock: Monotonic) -> None:
        self._path = path
        self._clock = clock
        self._lock = Lock()
        self._token = ""
        self._mtime = 0
        self._read_at: float | None = None

    def __repr__(self) -> str:
        return f"TokenFile({str(self._path)!r})"

    def token(self) -> str:
        """The token as it is now. Raises BadConfig if the file is missing, unreadable, empty or not one line."""
        with self._lock:
            try:
                self._read_if_due()
            except (OSError, UnicodeDecodeError) as error:
                raise BadConfig(f"the service account's token {self._path} cannot be read: {_why(error)}") from error
            return self._token

    def forget(self) -> None:
        """Read it anew at the next call."""
        with self._lock:
            self._read_at = None

    def _read_if_due(self) -> None:
        now, mtime = self._clock(), self._path.stat().st_mtime_ns
        if self._read_at is not None and mtime == self._mtime and now - self._read_at < _REREAD_AFTER:
            return
        token = self._path.read_text("utf-8").strip()
        if not (token and token.isascii() and token.isprintable()):
            raise BadConfig(f"the service account's token {self._path} is empty or not a line of text")
        self._token, self._mtime, self._read_at = token, mtime, now


class InCluster:
    """Access by the service account of the pod that we run in."""

    def __init__(self, environ: Mapping[str, str], clock: Monotonic, directory: Path = DIRECTORY) -> None:
        host, port = environ.get(HOST, ""), environ.get(PORT, "443")
        if not host:
            raise BadConfig(f"{HOST} is not set: not in a pod; name a kubeconfig")
        if not port.isdigit():
            raise BadConfig(f"{PORT} is {port!r} and must be a number")
        ca = directory / "ca.crt"
        if not ca.is_file():
            raise NoAccount(
                f"{ca} is missing: set automountServiceAccountToken to true for the pod, or name a kubeconfig"
            )
        self._token = TokenFile(directory / "token", clock)
        self._server = Server(url=f"https://{f'[{host}]' if ':' in host else host}:{port}", ca_file=str(ca))
        self._token.token()

    def server(self) -> Server:
        """The API server's Service."""
        return self._server

    def authorization(self) -> str:
        """The service account's token."""
        return f"Bearer {self._token.token()}"

    def renew(self) -> None:
        """Reads the token's file again at the next request."""
        self._token.forget()


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "it is not text"
