"""Whether a Prometheus or an Alertmanager selects an object of ours; if none does, which wish is not met. Pure.

The operator's rules: an absent selector selects nothing, an empty one everything; an absent selector of namespaces
means the namespace of the one that selects, an empty one all.
"""

from collections.abc import Sequence
from typing import NamedTuple

from kubevigil.doctor.answer import Answer, fail, ok, skipped, some, warn
from kubevigil.doctor.operator import NamespaceLabels, Selecting, Wish
from kubevigil.doctor.selectors import LabelSelector, Meta


class Verdict(NamedTuple):
    """Why one does not select an object; '' where it does. `labels` would mend it, `unsure` where nobody can tell."""

    why: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    unsure: bool = False


def judge(wish: Wish, by: Sequence[Selecting], objects: Sequence[Meta], namespaces: NamespaceLabels) -> list[Answer]:
    """An answer for each object of ours; one where there is nobody to select, or nothing to be selected."""
    if not by:
        fix = f"without the operator give {wish.by} what `kubevigil render` makes, or install kube-prometheus-stack"
        return [skipped(wish.check, f"the cluster has no {wish.by} object, so nothing selects a {wish.selected}", fix)]
    return [_judged(wish, by, item, namespaces) for item in objects]


def _judged(wish: Wish, by: Sequence[Selecting], item: Meta, namespaces: NamespaceLabels) -> Answer:
    verdicts = [(one, verdict(wish, one, item, namespaces)) for one in by]
    what = f"{wish.selected} {item.place}"
    takers = [one.metadata.place for one, found in verdicts if not found.why]
    if takers:
        return ok(wish.check, f"{what} is selected by {wish.by} {some(takers)}")
    words = "; ".join(f"{wish.by} {one.metadata.place}: {found.why}" for one, found in verdicts)
    if all(found.unsure for _, found in verdicts):
        return warn(
            wish.check, f"{what}: nobody can tell who selects it. {words}", "run it as one who may get namespaces"
        )
    return fail(wish.check, f"{what} is selected by nobody. {words}", _fix(wish, verdicts, item))


def verdict(wish: Wish, one: Selecting, item: Meta, namespaces: NamespaceLabels) -> Verdict:
    """Whether this one selects that object."""
    selector: LabelSelector | None = getattr(one.spec, wish.selector)
    if selector is None:
        return Verdict(f"it has no {_camel(wish.selector)}, and so selects none")
    if unmet := list(selector.unmet(item.labels)):
        wanted = f"its {_camel(wish.selector)} wants {', '.join(unmet)}"
        return Verdict(wanted, tuple(selector.missing(item.labels).items()))
    return _by_namespace(wish, one, item, namespaces)


def goes_by_labels(wish: Wish, one: Selecting) -> bool:
    """Whether labels of namespaces decide."""
    selector: LabelSelector | None = getattr(one.spec, wish.namespaces)
    return selector is not None and not selector.takes_all


def _by_namespace(wish: Wish, one: Selecting, item: Meta, namespaces: NamespaceLabels) -> Verdict:
    selector: LabelSelector | None = getattr(one.spec, wish.namespaces)
    field = _camel(wish.namespaces)
    if selector is None:
        home = one.metadata.namespace
        return Verdict() if item.namespace == home else Verdict(f"it has no {field}, and so looks into {home} alone")
    if selector.takes_all:
        return Verdict()
    labels = namespaces.get(item.namespace)
    if labels is None:
        return Verdict(f"its {field} goes by labels of the namespace, which may not be read", unsure=True)
    unmet = list(selector.unmet(labels))
    return (
        Verdict(f"its {field} wants the namespace {item.namespace} to have {', '.join(unmet)}") if unmet else Verdict()
    )


def _fix(wish: Wish, verdicts: Sequence[tuple[Selecting, Verdict]], item: Meta) -> str:
    labels = next((found.labels for _, found in verdicts if found.labels), ())
    if labels:
        sets = " ".join(f"--set {wish.value}.{_escaped(key)}={value}" for key, value in labels)
        return f"helm upgrade the chart with {sets}"
    one = verdicts[0][0]
    setting = next((_camel(name) for name in (wish.selector, wish.namespaces) if getattr(one.spec, name) is None), "")
    if setting:
        kind, place = wish.by.lower(), one.metadata
        patch = f"""'{{"spec":{{"{setting}":{{}}}}}}'"""
        return (
            f"kubectl -n {place.namespace} patch {kind} {place.name} --type merge -p {patch} (or by its chart's values)"
        )
    return (
        f"label the namespace {item.namespace} as the selector wants it: kubectl label namespace {item.namespace} ..."
    )


def _escaped(key: str) -> str:
    """A key of a label as `helm --set` reads it."""
    return key.replace(".", "\\.")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
