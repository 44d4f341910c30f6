"""Writes a kubeconfig for a simulated cluster, so that any client of Kubernetes can be pointed at it.

JSON is YAML, so no YAML writer is needed.
"""

import os
from pathlib import Path

from msgspec import json

_NAME = "simulated"


def write_kubeconfig(folder: Path, url: str, *, token: str | None = None, namespace: str = "default") -> Path:
    """Write `kubeconfig` into the folder, readable by its owner only; returns its path. Raises OSError."""
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": _NAME,
        "clusters": [{"name": _NAME, "cluster": {"server": url}}],
        "users": [{"name": _NAME, "user": {"token": token} if token else {}}],
        "contexts": [{"name": _NAME, "context": {"cluster": _NAME, "user": _NAME, "namespace": namespace}}],
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(json.format(json.encode(config)))
    return path
