"""Names for facts that are the same for whoever states them."""

import hashlib
from json.encoder import encode_basestring_ascii as quoted


def identity(*parts: str) -> str:
    """The SHA-256, in hex, of what makes a fact one of its kind."""
    # A list in JSON as `json.dumps` writes it, in a third of its time: there are two or three for each crash.
    return hashlib.sha256(f"[{', '.join(map(quoted, parts))}]".encode()).hexdigest()


def series_of(cluster: str, pod_uid: str, container: str) -> str:
    """The SHA-256 that all crashes of one container of one pod share."""
    return identity(cluster, pod_uid, container)
