"""Reads a kubeconfig that says all there is to know in plain words: a server, files of certificates, a token.

Such a file needs none of what the `kubernetes` package can do besides, whose import costs 0.14 CPU seconds and 17 MB.
Anything else is left to that package: plugins, data in place of files, token files, passwords, proxies, several files,
and whatever is wrong, so that there is one place that says so.
Source: client-go, kubeconfig v1.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from kubevigil.kube.access import Server

_PROXIES: Final = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


class Plain(NamedTuple):
    """What such a file says of one context. `authorization` is the header's value, '' for none."""

    server: Server
    authorization: str

    def __repr__(self) -> str:
        return f"Plain({self.server!r})"


class _Named(Struct):
    name: str
    cluster: object = None
    context: object = None
    user: object = None


class _File(Struct, rename="kebab"):
    clusters: list[_Named]
    contexts: list[_Named]
    users: list[_Named] | None = None
    current_context: str = ""


class _Context(Struct):
    cluster: str
    user: str = ""


class _Cluster(Struct, rename="kebab", forbid_unknown_fields=True):
    server: str
    certificate_authority: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""


class _User(Struct, rename="kebab", forbid_unknown_fields=True):
    client_certificate: str = ""
    client_key: str = ""
    token: str = ""


T = TypeVar("T")


def read_plain(path: str | None, context: str | None, environ: Mapping[str, str]) -> Plain | None:
    """The context of the file `path` (or $KUBECONFIG, or ~/.kube/config); None for what is not plain, or not right."""
    if any(name.lower() in _PROXIES for name in environ):
        return None
    file = Path(path or environ.get("KUBECONFIG") or "~/.kube/config").expanduser()
    try:
        whole = msgspec.yaml.decode(file.read_bytes(), type=_File)
        return _plain(whole, context or whole.current_context, file.parent)
    except (OSError, ValueError, LookupError, RecursionError):
        # A faulty file is read again by the package, whose words then name the fault; msgspec's errors are ValueErrors.
        return None


def _plain(whole: _File, name: str, folder: Path) -> Plain | None:
    context = msgspec.convert(_only(whole.contexts, name).context, _Context)
    cluster = msgspec.convert(_only(whole.clusters, context.cluster).cluster, _Cluster)
    user = msgspec.convert(_only(whole.users or (), context.user).user, _User) if context.user else _User()
    if not cluster.server.startswith(("https://", "http://")):
        return None
    files = (cluster.certificate_authority, user.client_certificate, user.client_key)
    secure = cluster.server.startswith("https://")
    ca, certificate, key = (_file(folder, name) if secure else "" for name in files)
    server = Server(
        url=cluster.server.rstrip("/"),
        ca_file=ca,
        cert_file=certificate,
        key_file=key,
        verify=not cluster.insecure_skip_tls_verify,
        server_name=cluster.tls_server_name,
    )
    return Plain(server, f"Bearer {user.token}" if user.token else "")


def _only(found: Sequence[_Named], name: str) -> _Named:
    """The one of that name. Raises LookupError where there is none, or another."""
    (one,) = [each for each in found if each.name == name] or (None,)
    if one is None:
        raise LookupError(name)
    return one


def _file(folder: Path, name: str) -> str:
    """The file's path, relative to the kubeconfig's folder. Raises FileNotFoundError."""
    if not name:
        return ""
    path = os.path.normpath(folder / name)
    if not Path(path).is_file():
        raise FileNotFoundError(path)
    return path
