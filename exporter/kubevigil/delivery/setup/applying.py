"""Sets a server up, or tells what that would take. As often as one likes: what is there already is left alone."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from kubevigil.delivery.setup.server import Server, server_of
from kubevigil.delivery.setup.steps import CHANGES, Answer, Step, policy_path, steps, template_path
from kubevigil.delivery.setup.wanted import Wanted


class Api(Protocol):
    """A server; every call may raise DeliveryError. `client.Client` is one."""

    def get(self, path: str) -> Answer:
        """What is at that path, or that there is nothing."""

    def put(self, path: str, document: Mapping[str, Any]) -> None:
        """Writes JSON to that path."""


class Report(Struct, frozen=True):
    """What was done, or with `dry_run` would be."""

    server: Server
    dry_run: bool
    steps: tuple[Step, ...]

    @property
    def changed(self) -> int:
        """How many of the steps change something."""
        return sum(step.change in CHANGES for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """For machines; `requests` has those that change something."""
        return {
            "server": {"kind": self.server.kind.value, "version": self.server.number, "cluster": self.server.cluster},
            "dry_run": self.dry_run,
            "steps": [{"what": s.what, "change": s.change.value, "why": s.why} for s in self.steps],
            "requests": [{"method": "PUT", "path": s.path, "body": s.body} for s in self.steps if s.change in CHANGES],
            "changed": self.changed,
        }


def set_up(api: Api, wanted: Wanted, *, dry_run: bool = False) -> Report:
    """Does what is to be done. Raises DeliveryError; what was done until then stays, and is found the next time."""
    server = server_of(api.get("/").body)
    found = api.get(policy_path(server, wanted)), api.get(template_path(wanted))
    report = Report(server, dry_run, steps(server, wanted, *found))
    for step in report.steps if not dry_run else ():
        if step.change in CHANGES:
            api.put(step.path, step.body)
    return report
