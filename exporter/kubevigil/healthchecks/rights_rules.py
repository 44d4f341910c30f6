"""The rules of RBAC that a check asks for (`rbacRules`), read and judged: what is never given is a finding.

Rules are taken apart into single rights, which compare as sets: there are no wildcards among what is given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.reading import Reader

MOST: Final = 5_000
"""Single rights of one check; a list of 50 in each field of a rule would be millions."""

_FIELDS: Final = ("apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs")

_NEVER: Final = frozenset({"escalate", "bind", "impersonate"})
"""Verbs by which an account gets rights that nobody gave it. Source: Kubernetes documentation, "Using RBAC
Authorization" and "RBAC Good Practices"."""

_READS: Final = frozenset({"get", "list", "watch"})

_READ_ONLY: Final[Mapping[str, str]] = {
    "rbac.authorization.k8s.io": "by it an account may change what others may",
    "certificates.k8s.io": "by it an account may have credentials of another made",
    "admissionregistration.k8s.io": "by it an account sees and changes what others write",
    "apiregistration.k8s.io": "by it an account sees and changes what others write",
    "argoproj.io": "by it pods run, as any account, that the exporter has not judged",
    "activemonitor.keikoproj.io": "by it an account tells results of checks, which the exporter does",
}
"""Groups of which only reading is given, and why. Source of the first four: "RBAC Good Practices"; the exporter itself
may write into the first and the last two, so the API server would let it give that."""

_OTHERS_RIGHTS: Final = frozenset(
    {
        "serviceaccounts/token",
        "pods/exec",
        "pods/attach",
        "pods/portforward",
        "pods/proxy",
        "pods/ephemeralcontainers",
        "services/proxy",
        "nodes/proxy",
    }
)
"""Of the core group: who has them acts as somebody else, or within somebody else's containers."""


class Right(NamedTuple):
    """One verb on one resource; `name` is '' for all of them. Of a URL that is no resource only `url` and `verb`."""

    group: str
    resource: str
    name: str
    url: str
    verb: str


EXECUTOR: Final = frozenset(Right("argoproj.io", "workflowtaskresults", "", "", verb) for verb in ("create", "patch"))
"""What Argo's executor, which is in each of a workflow's pods, needs to tell its result. Source: Argo Workflows'
documentation, "Workflow RBAC"."""


def judged(rules: Sequence[Mapping[str, Any]], path: str, *, cluster: bool) -> tuple[frozenset[Right], list[Finding]]:
    """The rights of rules and what is wrong with them, if anything: then there are no rights. `path` is their place."""
    findings: list[Finding] = []
    rights: set[Right] = set()
    for index, rule in enumerate(rules):
        reader = Reader(rule, f"{path}[{index}]", findings)
        lists = {key: _texts(reader, key) for key in _FIELDS}
        for key in reader.others(_FIELDS):
            reader.add(key, "is no field of a rule")
        if _is_whole(reader, lists):
            rights |= _taken_apart(reader, lists, MOST - len(rights))
    refused = ((right, _refused(right, cluster=cluster)) for right in sorted(rights))
    findings += [Finding(path, f"ask for {told(right)}: {why}") for right, why in refused if why]
    return (frozenset() if findings else frozenset(rights)), findings


def rights_of(rules: object) -> frozenset[Right]:
    """The rights of a role as the API server shows it, wildcards among them if it has some. Raises nothing."""
    unread: list[Finding] = []
    rights: set[Right] = set()
    for rule in rules if isinstance(rules, Sequence) and not isinstance(rules, str) else ():
        reader = Reader(rule, "", unread)
        rights |= set(_products({key: _texts(reader, key) for key in _FIELDS}))
    return frozenset(rights)


def rules_of(rights: Iterable[Right]) -> list[dict[str, list[str]]]:
    """Rules that give these rights and no other, in an order that equal rights share."""
    verbs: dict[tuple[str, str, str, str], list[str]] = {}
    for right in sorted(rights):
        verbs.setdefault(right[:-1], []).append(right.verb)
    return [_rule(*what, allowed) for what, allowed in verbs.items()]


def covers(held: frozenset[Right], wanted: frozenset[Right]) -> bool:
    """Whether who holds the first has the second."""
    return all(right in held or right._replace(name="") in held for right in wanted)


def told(right: Right) -> str:
    """In words, as kubectl has them."""
    if right.url:
        return f"{right.verb} on {right.url}"
    named = f" {right.name}" if right.name else ""
    return f"{right.verb} on {right.resource}{'.' if right.group else ''}{right.group}{named}"


def _texts(reader: Reader, key: str) -> list[str]:
    texts = reader.items(key)
    for text in texts:
        if not isinstance(text, str):
            reader.add(key, "must be a list of texts")
            return []
    return list(dict.fromkeys(texts))


def _is_whole(reader: Reader, lists: Mapping[str, list[str]]) -> bool:
    if not lists["verbs"]:
        reader.add("verbs", "are missing")
    if bool(lists["resources"] and lists["apiGroups"]) is bool(lists["nonResourceURLs"]):
        reader.add("", 'must have apiGroups and resources (the core group is ""), or nonResourceURLs')
        return False
    return bool(lists["verbs"])


def _taken_apart(reader: Reader, lists: Mapping[str, list[str]], room: int) -> set[Right]:
    number = len(lists["verbs"]) * max(1, len(lists["resourceNames"]))
    number *= len(lists["nonResourceURLs"]) or len(lists["apiGroups"]) * len(lists["resources"])
    if number > room:
        reader.add("", f"is too much: {MOST:,} single rights are the most")
        return set()
    return set(_products(lists))


def _products(lists: Mapping[str, list[str]]) -> Iterator[Right]:
    names = lists["resourceNames"] or [""]
    for group, resource, name, verb in product(lists["apiGroups"], lists["resources"], names, lists["verbs"]):
        yield Right(group, resource, name, "", verb)
    for url, verb in product(lists["nonResourceURLs"], lists["verbs"]):
        yield Right("", "", "", url, verb)


def _refused(right: Right, *, cluster: bool) -> str:
    """Why a right is never given, '' for one that may be."""
    if any("*" in text for text in (right.group, right.resource, right.verb, right.url)):
        return "a wildcard gives what nobody has looked at; name them"
    if right.url and not cluster:
        return "such addresses are the whole cluster's, so level must be 'cluster'"
    if right.verb in _NEVER:
        return "by it an account gets rights that it was not given"
    if right.group in _READ_ONLY and right.verb not in _READS and right not in EXECUTOR:
        return _READ_ONLY[right.group]
    return "" if right.group or right.url else _refused_of_core(right, cluster=cluster)


def _refused_of_core(right: Right, *, cluster: bool) -> str:
    reads = right.verb in _READS
    if right.resource in _OTHERS_RIGHTS or (right.resource == "serviceaccounts" and not reads):
        return "by it an account acts as another"
    if right.resource == "secrets":
        return _refused_of_secrets(right, cluster=cluster)
    if cluster and (right.resource == "pods/log" or (right.resource == "events" and not reads)):
        return "the exporter has it everywhere for its own work; level 'namespace' gives it"
    return ""


def _refused_of_secrets(right: Right, *, cluster: bool) -> str:
    if right.verb not in _READS:
        return "a Secret may be an account's token, so none is written or deleted"
    if right.verb != "get" or not right.name or cluster:
        return "a Secret is given by its name (resourceNames), to get, and with level 'namespace'"
    return ""


def _rule(group: str, resource: str, name: str, url: str, verbs: list[str]) -> dict[str, list[str]]:
    if url:
        return {"nonResourceURLs": [url], "verbs": verbs}
    named = {"resourceNames": [name]} if name else {}
    return {"apiGroups": [group], "resources": [resource], **named, "verbs": verbs}
