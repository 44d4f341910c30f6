"""Who may ask what: a bearer token, and an allow list as RBAC would give it. Pure."""

import hmac
from dataclasses import dataclass

from kubevigil.demo.calls import Call
from kubevigil.demo.replies import Reply, status

_USER = "system:serviceaccount:kubevigil:kubevigil"


@dataclass(frozen=True, slots=True)
class Allow:
    """One right: `verb` (get, list, watch) on `resource` (pods, pods/log, ...), in `namespaces` or in all for None."""

    verb: str
    resource: str
    namespaces: frozenset[str] | None = None

    def covers(self, call: Call) -> bool:
        """Whether the call is within this right. A call over all namespaces needs a right over all."""
        return (
            self.verb in (call.verb, "*")
            and self.resource in (_resource(call), "*")
            and (self.namespaces is None or call.namespace in self.namespaces)
        )


@dataclass(slots=True)
class Access:
    """What is checked. `token` None: nobody is asked for one. `rules` None: everything is allowed. May be changed."""

    token: str | None = None
    rules: tuple[Allow, ...] | None = None

    def refuse(self, call: Call, authorization: str) -> Reply | None:
        """401 or 403, or None if the call may go on. `authorization` is the header's value."""
        if self.token is not None and not hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode()):
            return status(401, "Unauthorized")
        if self.rules is None or not call.resource or any(rule.covers(call) for rule in self.rules):
            return None
        return _forbidden(call)


def _resource(call: Call) -> str:
    return f"{call.resource}/{call.subresource}" if call.subresource else call.resource


def _forbidden(call: Call) -> Reply:
    what = f'{call.resource} "{call.name}" is forbidden' if call.name else f"{call.resource} is forbidden"
    where = f'in the namespace "{call.namespace}"' if call.namespace else "at the cluster scope"
    asked = f'User "{_USER}" cannot {call.verb} resource "{_resource(call)}" in API group "" {where}'
    return status(403, f"{what}: {asked}", details={"kind": call.resource})
