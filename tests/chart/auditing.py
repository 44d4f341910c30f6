"""What an API server was asked for, and by whom, as its audit log says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .helm import Object

_POLICY: Object = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}


class Asked(NamedTuple):
    """One request. `name` is '' where it is of a whole collection."""

    group: str
    resource: str
    verb: str
    namespace: str
    name: str
    is_allowed: bool


class AuditLog:
    """The log of an API server that runs with `flags`. It is written before a request is answered."""

    def __init__(self, folder: Path) -> None:
        policy, self._log = folder / "audit-policy.json", folder / "audit.log"
        policy.write_text(json.dumps(_POLICY), encoding="utf-8")
        self.flags = [f"--audit-policy-file={policy}", f"--audit-log-path={self._log}"]

    def asked_by(self, user: str) -> Iterator[Asked]:
        """What the user asked for of resources, oldest first."""
        for line in self._log.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["user"]["username"] == user and "objectRef" in event and event["stage"] != "RequestReceived":
                yield _asked(event)


def _asked(event: dict[str, Any]) -> Asked:
    of = event["objectRef"]
    return Asked(
        of.get("apiGroup", ""),
        "/".join(filter(None, [of["resource"], of.get("subresource")])),
        event["verb"],
        of.get("namespace", ""),
        of.get("name", ""),
        event["annotations"]["authorization.k8s.io/decision"] == "allow",
    )
