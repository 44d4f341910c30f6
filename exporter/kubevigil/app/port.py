"""A process's HTTP port: its pages, behind the TLS and the passwords of the web configuration file if there is one."""

import logging
from collections.abc import Mapping
from pathlib import Path

from kubevigil import __version__
from kubevigil.app import web_security
from kubevigil.app.probes import OPEN_PATHS, by_sign_in, without_details
from kubevigil.app.routes import Checks, routes
from kubevigil.app.supervisor import Supervisor
from kubevigil.app.web_reload import WebReload
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.web.exchange import Route
from kubevigil.web.server import Server

_log = logging.getLogger(__name__)


class Port:
    """Serves `exposition` and the two kinds of checks at `listen`, once started.

    Raises CannotListen (here or by `start`), and SettingsError for the file `web_config` ('' for none).
    """

    def __init__(
        self,
        listen: str,
        web_config: str,
        exposition: Exposition,
        metrics: SelfMetrics,
        *,
        ready: Checks,
        healthy: Checks,
    ) -> None:
        self._file = Path(web_config) if web_config else None
        self.web = web_security.read(self._file) if self._file else web_security.NONE
        self._metrics = metrics
        self._server = Server(
            listen,
            _pages(exposition, ready, healthy),
            failed=self._page_failed,
            security=self.web.security,
            open_paths=OPEN_PATHS,
        )

    def join(self, supervisor: Supervisor) -> None:
        """Adds the loop that takes over a changed web configuration, where there is one."""
        if self._file:
            supervisor.add("web config", WebReload(self._file, self.web, self._server.take).run)

    def start(self) -> str:
        """Serves from now on; the base URL. Raises CannotListen."""
        self._server.start()
        host, port = self._server.address
        return f"{self._server.scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    def stop(self, seconds: float) -> None:
        """Takes no more requests; those that are being answered have so many seconds."""
        self._server.stop(seconds)

    def _page_failed(self, path: str, error: Exception) -> None:
        self._metrics.count(selfmetrics.HTTP_ERRORS)
        _log.error("page failed", extra={"fields": {"path": path, "error": f"{type(error).__name__}: {error}"}})


def _pages(exposition: Exposition, ready: Checks, healthy: Checks) -> Mapping[str, Route]:
    """All that there is to see for who is signed in, and the probes without their details for others."""
    full = routes(exposition, version=__version__, ready=ready, healthy=healthy)
    bare = routes(exposition, version=__version__, ready=without_details(ready), healthy=without_details(healthy))
    return by_sign_in(full, bare)
