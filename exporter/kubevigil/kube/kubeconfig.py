"""The configuration of a person: a kubeconfig with its contexts, client certificates, tokens and exec plugins.

A file in plain words is read by ourselves (`plain_kubeconfig`). All else about the format is left to the `kubernetes`
package, imported when first needed; of that package nothing but the finished Configuration is used. Its refresh hook
is called before each request, so exec plugins and expiring tokens are renewed in time; after a 401 the whole file is
read again, which also covers tokens without an expiry (`tokenFile`). The file itself is never written.
"""

import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kubevigil.kube.access import Server
from kubevigil.kube.errors import BadConfig
from kubevigil.kube.plain_kubeconfig import Plain, read_plain

if TYPE_CHECKING:
    from kubernetes.client.configuration import Configuration


class Kubeconfig:
    """Access by a kubeconfig: the file `path` (or $KUBECONFIG, or ~/.kube/config), its `context` or current context."""

    def __init__(self, path: str | None, context: str | None) -> None:
        self._path = path
        self._context = context
        self._lock = Lock()
        self._loaded: Configuration | Plain | None = None
        self.server()

    def __repr__(self) -> str:
        return f"Kubeconfig({self._path!r}, {self._context!r})"

    def server(self) -> Server:
        """The cluster of the context."""
        with self._lock:
            now = self._configuration()
            if isinstance(now, Plain):
                return now.server
            return Server(
                url=now.host,
                ca_file=now.ssl_ca_cert or "",
                cert_file=now.cert_file or "",
                key_file=now.key_file or "",
                verify=now.verify_ssl,
                server_name=now.tls_server_name or "",
                proxy=_proxy_of(now),
            )

    def authorization(self) -> str:
        """The user's token or password, renewed if it has expired; '' where a client certificate is all."""
        with self._lock:
            now = self._configuration()
            if isinstance(now, Plain):
                return now.authorization
            hook = now.refresh_api_key_hook
            if hook is not None:
                _guarded(self._name(), hook, now)
            return now.api_key.get("BearerToken", "")

    def renew(self) -> None:
        """Reads the kubeconfig again, and runs its exec plugin again, at the next request."""
        with self._lock:
            self._loaded = None

    def _configuration(self) -> "Configuration | Plain":
        if self._loaded is None:
            self._loaded = read_plain(self._path, self._context, os.environ) or self._load()
        return self._loaded

    def _load(self) -> "Configuration":
        from kubernetes.client.configuration import Configuration  # noqa: PLC0415  46 MB, for kubeconfigs only
        from kubernetes.config import load_kube_config  # noqa: PLC0415  the same

        if self._path is not None and not Path(self._path).is_file():
            raise BadConfig(f"the kubeconfig {self._path} does not exist")
        configuration = Configuration()
        load: Any = load_kube_config
        _guarded(
            self._name(),
            load,
            config_file=self._path,
            context=self._context,
            client_configuration=configuration,
            persist_config=False,
        )
        if not configuration.host.startswith(("https://", "http://")):
            raise BadConfig(f"{self._name()}: the server {configuration.host!r} is no http(s) URL")
        return configuration

    def _name(self) -> str:
        where = f"the kubeconfig {self._path}" if self._path else "the kubeconfig ($KUBECONFIG or ~/.kube/config)"
        return where + (f", context {self._context!r}" if self._context else "")


def _proxy_of(configuration: "Configuration") -> str:
    from kubernetes.client.rest import should_bypass_proxies  # noqa: PLC0415  as above

    bypass: Any = should_bypass_proxies
    if not configuration.proxy or bypass(configuration.host, configuration.no_proxy or ""):
        return ""
    return configuration.proxy


def _guarded(name: str, call: Any, *args: Any, **named: Any) -> None:
    """Calls into the library, whose parsers and plugins raise whatever they like."""
    try:
        call(*args, **named)
    except Exception as error:  # noqa: BLE001  see above
        from kubernetes.config import ConfigException  # noqa: PLC0415  as above

        # The words of a YAML or JSON parser quote the file, which holds secrets: of those only the type is told, and
        # the error is not chained, for a traceback would show them.
        why = (
            str(error) if isinstance(error, ConfigException | OSError) else f"it is malformed ({type(error).__name__})"
        )
        raise BadConfig(f"{name} cannot be used: {why}") from None
