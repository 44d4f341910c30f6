"""Which rights the exporter needs by its settings, and what a lack of each means. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from kubevigil.doctor.answer import Answer, fail, ok, some

CHECK: Final = "rights"
_CHECKS: Final = "activemonitor.keikoproj.io"
_WORKFLOWS: Final = "argoproj.io"


class Right(Struct, frozen=True):
    """One verb on one resource in one namespace, '' for all; `without` says what is lost."""

    verb: str
    resource: str
    without: str
    group: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        where = f"in {self.namespace}" if self.namespace else "in all namespaces"
        return f"{self.verb} {self.resource}{f'.{self.group}' if self.group else ''} {where}"

    def attributes(self) -> dict[str, str]:
        """`resourceAttributes` of an access review."""
        resource, _, sub = self.resource.partition("/")
        found = {"verb": self.verb, "group": self.group, "resource": resource, "namespace": self.namespace}
        return found | ({"subresource": sub} if sub else {})


_PODS: Final = (("list", "pods", "nothing is seen"), ("watch", "pods", "nothing is seen"))
_CAPTURE: Final = (
    ("get", "pods", "crashes have no log"),
    ("get", "pods/log", "crashes have no log"),
    ("list", "events", "crashes have no Events"),
)
_HEALTHCHECKS: Final = (
    *((verb, "healthchecks", _CHECKS) for verb in ("get", "list", "watch")),
    ("patch", "healthchecks/status", _CHECKS),
    *((verb, "workflows", _WORKFLOWS) for verb in ("list", "watch", "create", "delete")),
    *((verb, "events", "") for verb in ("create", "patch")),
)
"""Without the right to its Lease, which is in the exporter's own namespace: the answer on Argo tells who holds it."""


def needed(namespaces: Sequence[str], *, capture: bool, healthchecks: bool) -> Iterator[Right]:
    """The rights, in each of the namespaces, or in all where there are none."""
    for namespace in namespaces or ("",):
        for verb, resource, without in (*_PODS, *(_CAPTURE if capture else ())):
            yield Right(verb, resource, without, namespace=namespace)
        if healthchecks:
            for verb, resource, group in _HEALTHCHECKS:
                yield Right(verb, resource, "health checks do not run", group, namespace)


def review(right: Right, account: str) -> dict[str, Any]:
    """The body of an access review: of `namespace/name` of a service account, of who asks where that is ''."""
    spec: dict[str, Any] = {"resourceAttributes": right.attributes()}
    if account:
        namespace, _, name = account.partition("/")
        spec["user"] = f"system:serviceaccount:{namespace}:{name}"
        spec["groups"] = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
    kind = "SubjectAccessReview" if account else "SelfSubjectAccessReview"
    return {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}


def review_path(account: str) -> str:
    """Where the body of `review` is sent."""
    return f"/apis/authorization.k8s.io/v1/{'subject' if account else 'selfsubject'}accessreviews"


class _Verdict(Struct, frozen=True):
    allowed: bool = False
    reason: str = ""


class Review(Struct, frozen=True):
    """What the API server answers to one."""

    status: _Verdict = field(default_factory=_Verdict)


def judge(who: str, allowed: Mapping[Right, bool]) -> Answer:
    """What of the rights `who` has."""
    missing = [right for right, yes in allowed.items() if not yes]
    if not missing:
        return ok(CHECK, f"{who} may do all it needs ({len(allowed)} rights)")
    lost = "; ".join(dict.fromkeys(right.without for right in missing))
    mend = "helm upgrade the chart with rbac.create=true, or grant it (the chart's README lists why each)"
    # Asked from elsewhere than its pod, its settings are not ours.
    narrower = "" if missing[0].namespace else "; if it is to watch some namespaces only, ask with its --namespaces"
    return fail(CHECK, f"{who} may not {some(map(str, missing))}, so {lost}", mend + narrower)
