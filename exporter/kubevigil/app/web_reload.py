"""Has the server take over a web configuration file, and what it names, when they change.

A Secret that the kubelet mounts changes by a swap of symbolic links, which no event tells reliably: the content is
compared every few seconds. What cannot be used is told once and leaves the old one in force.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final

from kubevigil.app import web_security
from kubevigil.app.errors import Fault
from kubevigil.app.sources import SettingsError
from kubevigil.app.web_file import NAME
from kubevigil.app.web_security import WebConfig
from kubevigil.web.security import Security

_log = logging.getLogger(__name__)

INTERVAL_SECONDS: Final = 5.0
"""How much later than its files a new configuration may come; the kubelet takes up to a minute before that."""


class WebReload:
    """Watches the files of `config`, which was read from `path`; `take` gets each new `Security`."""

    def __init__(self, path: Path, config: WebConfig, take: Callable[[Security], None]) -> None:
        self._path, self._config, self._take = path, config, take
        self._told = ""

    def run(self, stop: Event) -> None:
        """Looks until `stop` is set."""
        while not stop.wait(INTERVAL_SECONDS):
            self.look()

    def look(self) -> None:
        """Takes over what has changed since the last look, if it can be used."""
        if not self._config.files.changed():
            self._told = ""
            return
        try:
            config = self._read()
        except SettingsError as error:
            self._tell(str(error))
            return
        self._take(config.security)
        self._config, self._told = config, ""
        _log.info("web configuration taken over", extra={"fields": {"file": str(self._path)}})

    def _read(self) -> WebConfig:
        try:
            return self._usable()
        except SettingsError:
            # Read in the midst of a change, a certificate is new and its key is old: the second time both are new.
            return self._usable()

    def _usable(self) -> WebConfig:
        """The new configuration. Raises SettingsError, also for one that would open what is closed."""
        new = web_security.read(self._path)
        old = self._config.security
        if (new.security.encryption is None) is not (old.encryption is None):
            raise SettingsError([self._fault("tls_server_config", "TLS is not turned on or off while serving")])
        if old.users and not new.security.users:
            raise SettingsError([self._fault("basic_auth_users", "the last user is not taken away while serving")])
        return new

    def _fault(self, key: str, advice: str) -> Fault:
        return Fault(key, f"file {self._path}", None, f"{advice}; restart to do so")

    def _tell(self, words: str) -> None:
        if words != self._told:
            fields = {"file": str(self._path), "key": NAME, "error": words}
            _log.error("web configuration not usable, the old one stays", extra={"fields": fields})
        self._told = words
