"""Names for facts that are the same for whoever states them."""

import hashlib
import json


def identity(*parts: str) -> str:
    """The SHA-256, in hex, of what makes a fact one of its kind."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def series_of(cluster: str, pod_uid: str, container: str) -> str:
    """The SHA-256 that all crashes of one container of one pod share."""
    return identity(cluster, pod_uid, container)
