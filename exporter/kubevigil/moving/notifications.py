"""The predecessor's channels and ignored containers in our chart's values. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from kubevigil.moving.remarks import Remark, Step, Verdict
from kubevigil.moving.rows import Channel, Ignored, is_label
from kubevigil.moving.translation_slack import channel_of


def routes(channels: Iterable[Channel]) -> Step:
    """A route for each namespace that has a channel of its own, in the order of their names."""
    made: list[dict[str, object]] = []
    remarks: list[Remark] = []
    for namespace, text in sorted(channels):
        channel, told = channel_of(text), f"channel {text} of namespace {namespace}"
        if channel is None or not is_label(namespace):
            whose = "channel" if channel is None else "namespace"
            remarks.append(Remark(Verdict.LEFT, told, "", f"no {whose}'s name"))
            continue
        made.append({"name": namespace, "namespaces": [namespace], "channel": channel})
        verdict = Verdict.TAKEN if channel == text else Verdict.CHANGED
        why = "" if channel == text else f"with a #: {channel}"
        remarks.append(Remark(verdict, told, f"slack.routes[{len(made) - 1}]", why))
    return Step(tuple(remarks), values={"slack.routes": made} if made else {})


def ignored(entries: Collection[Ignored], containers: Iterable[tuple[str, str]]) -> Step:
    """The ignored containers. Theirs are of one namespace, ours of all: so only names that no other namespace has.

    `containers` are all that the database knows of, by namespace and name.
    """
    elsewhere = _namespaces(containers)
    of_name = _namespaces(entries)
    names: list[str] = []
    remarks: list[Remark] = []
    for namespace, container in sorted(entries):
        told = f"ignored container {container} of namespace {namespace}"
        others = elsewhere.get(container, set()) - of_name[container]
        if not (is_label(namespace) and is_label(container)):
            remarks.append(Remark(Verdict.LEFT, told, "", "no name that Kubernetes has"))
            continue
        if others:
            why = f"slack.ignore.containers is for all namespaces, and {min(others)} has crashes of that name, too"
            remarks.append(Remark(Verdict.LEFT, told, "", why))
            continue
        if container not in names:
            names.append(container)
        why = "in all namespaces; no other one has a crash of that name in the database"
        remarks.append(Remark(Verdict.CHANGED, told, "slack.ignore.containers", why))
    return Step(tuple(remarks), values={"slack.ignore.containers": names} if names else {})


def _namespaces(containers: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for namespace, container in containers:
        found[container].add(namespace)
    return found
