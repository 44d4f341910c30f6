"""Which service accounts a workflow's pods may run as: every place in which a template may name one is looked at.

A list of accounts is worth something only if what the list cannot see is refused: patches of pods, and templates that
lie elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import BadTemplate

_NAMED: Final = "serviceaccountname"
_HIDING: Final = {
    "podspecpatch": "can name any service account",
    "templateref": "names a template that lies elsewhere, with service accounts of its own",
    "workflowtemplateref": "names a workflow that lies elsewhere, with service accounts of its own",
}
"""Case-folded: there are decoders of JSON in Go that take a key in any case."""

_DEFAULT: Final = "default"
"""What a pod runs as that names none. Source: Kubernetes documentation, "Configure Service Accounts for Pods"."""


def check_accounts(patterns: Sequence[str], namespace: str, spec: Mapping[str, Any]) -> None:
    """Raises BadTemplate where pods of a workflow's `spec` could run as an account that no pattern names.

    Patterns are `NAMESPACE/NAME` with `*` in them; where there are none every account of the namespace may be used.
    """
    if not patterns:
        return
    named = list(_found(spec, "workflow.spec"))
    if not spec.get("serviceAccountName"):
        named.append(("workflow.spec.serviceAccountName", _DEFAULT))
    for path, name in named:
        if name is None:
            hiding = path.rpartition(".")[2].casefold()
            raise BadTemplate(Finding(path, f"{_HIDING[hiding]}: it is refused where checks.service_accounts is set"))
        if not is_named(patterns, namespace, name):
            whole = f"{namespace}/{name}"
            raise BadTemplate(Finding(path, f"is {whole[:100]!r}, which checks.service_accounts does not name"))


def is_named(patterns: Sequence[str], namespace: str, name: str) -> bool:
    """Whether a pattern names the account. What Argo would put something else in for never is."""
    plain = not any(mark in name for mark in "{}/*?[")
    return plain and any(
        fnmatchcase(namespace, wanted_namespace) and fnmatchcase(name, wanted_name)
        for wanted_namespace, _, wanted_name in (pattern.partition("/") for pattern in patterns)
    )


def _found(value: object, path: str) -> Iterator[tuple[str, str | None]]:
    """Each place where an account is named, with its name; None where one can be hidden."""
    match value:
        case dict():
            for key, item in value.items():
                inner = f"{path}.{key}"
                if item in (None, "", {}):
                    continue
                if key.casefold() in _HIDING:
                    yield inner, None
                elif key.casefold() == _NAMED:
                    yield inner, item if isinstance(item, str) else "{}"
                else:
                    yield from _found(item, inner)
        case list():
            for index, item in enumerate(value):
                yield from _found(item, f"{path}[{index}]")
