"""Makes the service accounts and roles of checks before they run, and takes away what no check needs any more.

One at a time in a process, and in the cluster by the process that leads. Nothing is made that the API server does not
let this process give: it holds every right itself, and neither `escalate` nor `bind`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from typing import Final

from kubevigil.app.check_rights_objects import Foreign, RightsObjects
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import CHECK, BadTemplate
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.results import Outcome
from kubevigil.healthchecks.rights import Account, Allowed, Grant, grant_of, part_of, wanted
from kubevigil.healthchecks.rights_objects import (
    LOCAL,
    OF_CLUSTER,
    Object,
    Resource,
    Wanted,
    account_object,
    is_ours,
    objects_of,
    owner_of,
)
from kubevigil.healthchecks.rights_rules import EXECUTOR, Right, covers, rights_of
from kubevigil.healthchecks.rights_words import explained
from kubevigil.healthchecks.spec import Spec, WorkflowSpec
from kubevigil.kube.errors import Forbidden, Refused

_EITHER: Final = Grant(EXECUTOR, EXECUTOR)
"""One that needs both kinds of role."""

_FORBIDDEN: Final = 403


class Rights:
    """Of the checks of a picture; in these namespaces, or in all. Thread-safe."""

    def __init__(
        self,
        objects: RightsObjects,
        checks: Callable[[], Iterable[Check]],
        allowed: Allowed,
        *,
        namespaces: Sequence[str] = (),
    ) -> None:
        self.allowed = allowed
        self._objects = objects
        self._checks = checks
        self._scopes = list(namespaces) or [""]
        self._lock = Lock()
        self._used: dict[tuple[str, str], tuple[Account, Grant]] = {}

    def chosen(self, check: Check, part: WorkflowSpec, kind: str) -> WorkflowSpec:
        """The part of a check with the account that it is to run as."""
        spec = check.judged.spec
        return part_of(spec, kind) or part if self.allowed.made and spec else part

    def prepare(self, check: Check, part: WorkflowSpec, kind: str) -> None:
        """Gives the account of a chosen part its rights; one that is there and not ours is left as it is.

        Raises BadTemplate where the part cannot be given what it asks for, else KubeError.
        """
        spec = check.judged.spec
        if self.allowed.made and spec and part.service_account:
            with self._lock:
                self._give(check, spec, kind, Account(part.namespace, part.service_account))

    def explained(self, check: Check, outcome: Outcome, kind: str) -> Outcome:
        """The outcome, with what to do where the account was the reason."""
        spec = check.judged.spec
        part = spec and (part_of(spec, kind) if self.allowed.made else spec.workflow if kind == CHECK else spec.remedy)
        return explained(outcome, part, self.allowed) if part else outcome

    def tidy(self) -> None:
        """Takes away what no check needs. Raises KubeError. Only for who leads, with all checks in the picture."""
        if not self.allowed.made:
            return
        with self._lock:
            # By the namespace too: one name of a cluster role may be wanted for accounts of several.
            needed = {
                (one.path, account.namespace): one
                for account, grant in self._wanted().items()
                for one in _all(account, grant)
            }
            for resource, found in self._found():
                self._tidy(resource, found, needed.get((_path(resource, found), owner_of(found))))

    def _give(self, check: Check, spec: Spec, kind: str, account: Account) -> None:
        path = "spec.workflow" if kind == CHECK else "spec.remedyworkflow"
        itself = account_object(account)
        try:
            found = self._objects.there(itself)
            if found is not None and not is_ours(found, account.namespace):
                return
            own = grant_of(spec, kind, self.allowed)
            self._used[check.meta.uid, kind] = (account, own)
            if found is None:
                self._objects.ensure(itself, account.namespace)
            self._ensure(account, own, self._wanted(account).get(account, own) | own)
        except Foreign as error:
            raise BadTemplate(
                Finding(f"{path}.resource.serviceAccount", f"cannot be given its rights: {error}")
            ) from error
        except (Refused, Forbidden) as error:
            raise BadTemplate(Finding(f"{path}.rbacRules", _refusal(error))) from error

    def _ensure(self, account: Account, own: Grant, together: Grant) -> None:
        """One check that asks for too much must not keep another, of the same account, from what it may have."""
        try:
            self._put(account, together)
        except Refused:
            if together == own:
                raise
            self._put(account, own | self._granted(account))

    def _put(self, account: Account, grant: Grant) -> None:
        for one in objects_of(account, grant):
            self._objects.ensure(one, account.namespace)

    def _granted(self, account: Account) -> Grant:
        """What an account has by bindings of ours."""
        held = [self._held(account, one) for one in objects_of(account, _EITHER) if one.mutable == "rules"]
        return Grant(*held)

    def _held(self, account: Account, role: Wanted) -> frozenset[Right]:
        if role.resource in OF_CLUSTER and not self.allowed.cluster:
            return frozenset()
        found = self._objects.there(role)
        return rights_of(found.get("rules")) if found and is_ours(found, account.namespace) else frozenset()

    def _wanted(self, only: Account | None = None) -> dict[Account, Grant]:
        """What all accounts are given, or at least this one: others are not judged for each run."""
        checks = {check.meta.uid: check for check in self._checks() if not check.meta.deletion_timestamp}
        specs = ((check.judged.spec, check.status.remedy_under_way) for check in checks.values())
        needed = wanted(((spec, remedied) for spec, remedied in specs if spec), self.allowed, only)
        for (uid, kind), (account, grant) in list(self._used.items()):
            if (check := checks.get(uid)) and _goes_on(check, kind):
                needed[account] = needed.get(account, grant) | grant  # of before an edit, and its run goes on
            else:
                del self._used[uid, kind]
        return needed

    def _found(self) -> Iterator[tuple[Resource, Object]]:
        """All that is ours, in the order in which it may go."""
        for resource in (*(OF_CLUSTER if self.allowed.cluster else ()), *LOCAL):
            for scope in [""] if resource in OF_CLUSTER else self._scopes:
                for found in list(self._objects.ours(resource, scope)):
                    if resource in OF_CLUSTER or owner_of(found) == found["metadata"].get("namespace"):
                        yield resource, found

    def _tidy(self, resource: Resource, found: Object, needed: Wanted | None) -> None:
        if needed is None:
            self._objects.delete(resource, found)
        elif needed.mutable == "rules":
            held, wants = rights_of(found.get("rules")), rights_of(needed.body["rules"])
            if held != wants and covers(held, wants):
                self._objects.change(needed, found)


def _all(account: Account, grant: Grant) -> Iterator[Wanted]:
    yield account_object(account)
    yield from objects_of(account, grant)


def _path(resource: Resource, found: Object) -> str:
    meta = found["metadata"]
    return Wanted(resource, meta.get("namespace", ""), meta["name"], {}).path


def _goes_on(check: Check, kind: str) -> bool:
    return check.status.under_way if kind == CHECK else check.status.remedy_under_way


def _refusal(error: Refused | Forbidden) -> str:
    held = isinstance(error, Refused) and error.status == _FORBIDDEN
    return f"cannot be given: {'the exporter gives only what its own role holds; ' if held else ''}{error}"
