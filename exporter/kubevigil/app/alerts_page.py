"""`docs/alerts.md`, written from the mixin as `kubevigil render` has it, so that it cannot differ from what fires."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubevigil.bundle import documents

_GROUPS: Final[Mapping[str, str]] = {
    "kubevigil-containers": "Containers",
    "kubevigil-workloads": "Workloads",
    "kubevigil-healthchecks": "Health checks",
    "kubevigil-delivery": "Crash logs",
    "kubevigil-exporter": "The exporter itself",
    "kubevigil-inhibitors": "Told to nobody",
}
"""The groups that have alerts, in the order of the page."""

_NO_THRESHOLDS: Final = frozenset({"severity", "for", "keepFiringFor"})


def page() -> str:
    """The page as Markdown. Raises MixinError, and KeyError for a group that it does not know."""
    rules = documents.render("rules", "rules", {}).documents[0].objects[0]
    config = documents.defaults()
    parts = [
        "# Alerts\n",
        "Written by `make docs` from the rules themselves. Names are public: they change with a decision record only.\n",
        (
            "An alert about containers carries `namespace`, `workload_kind`, `workload`, `container` and `container_type`, and "
            "names the pods in an annotation; those about Kubevigil carry the namespace where it is installed. `owner` and "
            "`slack_channel` come from annotations of the pods ([slack.md](slack.md)). A runbook tells why its alert fired, how to "
            "tune it and how to silence it; [mixin.md](mixin.md) tells where the settings go.\n"
        ),
    ]
    by_group = {group["name"]: group["rules"] for group in rules["groups"]}
    with_alerts = {name for name, found in by_group.items() if any("alert" in rule for rule in found)}
    for name in [*_GROUPS, *sorted(with_alerts - _GROUPS.keys())]:
        if name in with_alerts:
            parts += [f"## {_GROUPS[name]}\n", _table(by_group[name], config["alerts"]), ""]
    return "\n".join(parts)


def _table(rules: list[Mapping[str, Any]], settings: Mapping[str, Mapping[str, Any]]) -> str:
    rows = ["| alert | severity | for | what | its settings |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*rows, *(_row(rule, settings[rule["alert"]]) for rule in rules if "alert" in rule)])


def _row(rule: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    name = rule["alert"]
    link = f"[{name}](../rules/runbooks/{name}.md)"
    cells = (link, rule["labels"]["severity"], rule.get("for", "at once"), rule["annotations"]["summary"])
    return f"| {' | '.join(cells)} | {', '.join(_thresholds(settings))} |"


def _thresholds(settings: Mapping[str, Any]) -> Iterator[str]:
    """Those that are a number; lists are in the runbook."""
    for key, value in settings.items():
        if key not in _NO_THRESHOLDS and isinstance(value, int | float):
            yield f"`{key}` {value:g}"
