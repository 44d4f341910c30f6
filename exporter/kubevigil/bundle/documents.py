"""The files that can be made of the mixin: which kinds and formats there are, and what is in each.

A kind is a hidden field of the mixin, as all monitoring mixins have them; one that the mixin lacks is said to be
missing, never made up.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kubevigil.bundle.errors import NothingToRender
from kubevigil.bundle.evaluation import evaluate

Config = Mapping[str, Any]
"""Values of the user's in place of those of the mixin's `_config`."""


class Document(NamedTuple):
    """One file: the objects of a YAML stream, or a text as it is."""

    name: str
    objects: Sequence[Any] = ()
    text: str = ""


class Rendered(NamedTuple):
    """The documents of one kind, at least one, and what else the mixin has to say, in sentences."""

    documents: Sequence[Document]
    warnings: Sequence[str]


class _Kind(NamedTuple):
    """Where the mixin has it: `field` is hidden there, `warnings` an expression. The first format is the default."""

    field: str
    warnings: str
    formats: Mapping[str, "_Format"]


class _Format(NamedTuple):
    """`expression` is evaluated; `documents` makes files of its value."""

    expression: str
    documents: Callable[[Any], Sequence[Document]]


def kinds() -> Sequence[str]:
    """What can be asked for."""
    return tuple(_KINDS)


def formats(kind: str) -> Sequence[str]:
    """The formats of a kind, its default first."""
    return tuple(_KINDS[kind].formats)


def defaults(folder: Path | None = None) -> Config:
    """The mixin's `_config`. Raises MixinError."""
    config: Config = evaluate("mixin._config", {}, folder)
    return config


def render(kind: str, wanted: str, config: Config, folder: Path | None = None) -> Rendered:
    """A kind in the format `wanted` ('' for its default).

    Raises MixinError, and NothingToRender where the mixin has none, or the config leaves none.
    """
    field, warnings, offered = _KINDS[kind]
    name = wanted or next(iter(offered))
    found = evaluate(_WHERE_THERE % (field, offered[name].expression, warnings), config, folder)
    if found is None:
        raise NothingToRender(f"{kind}: this version has none")
    documents = offered[name].documents(found["value"])
    if not documents:
        raise NothingToRender(
            "; ".join([f"{kind}: with this config there is nothing to write as {name}", *found["warnings"]])
        )
    return Rendered(documents, found["warnings"])


def _one(name: str) -> Callable[[Any], Sequence[Document]]:
    return lambda value: [Document(name, [value])] if value else []


def _stream(name: str) -> Callable[[Any], Sequence[Document]]:
    return lambda values: [Document(name, values)] if values else []


def _with_templates(value: Any) -> Sequence[Document]:
    templates = [Document(name, text=text) for name, text in value["templates"].items()]
    return [Document("alertmanager.yaml", [value["config"]]), *templates]


def _dashboards(boards: Any) -> Sequence[Document]:
    return [Document(name, text=json.dumps(board, indent=2, sort_keys=True) + "\n") for name, board in boards.items()]


def _json_lines(boards: Any) -> Sequence[Document]:
    """Saved objects: a file for each board, a line for each object, which is how they are imported."""
    return [Document(name, text="".join(map(_line, objects))) for name, objects in boards.items()]


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True) + "\n"


_WHERE_THERE: Final = "if '%s' in mixin then { value: %s, warnings: %s }"

_GROUPS: Final = "{ groups: mixin.prometheusRules.groups + mixin.prometheusAlerts.groups }"
"""What is recorded stands first: alerts read it."""

_OBJECT: Final = f"""{{
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: {{
    name: 'kubevigil',
    namespace: mixin._config.namespace,
    labels: {{ 'app.kubernetes.io/name': 'kubevigil' }} + std.get(mixin._config, 'ruleLabels', {{}}),
  }},
  spec: {_GROUPS},
}}"""

_BOARD: Final = "local name = '%s'; { [name]: mixin.kibana[name] }"

_KINDS: Final[Mapping[str, _Kind]] = {
    "rules": _Kind(
        "prometheusAlerts",
        "[]",
        {
            "prometheusrule": _Format(_OBJECT, _one("prometheusrule.yaml")),
            "rules": _Format(_GROUPS, _one("rules.yaml")),
        },
    ),
    "dashboards": _Kind("grafanaDashboards", "[]", {"json": _Format("mixin.grafanaDashboards", _dashboards)}),
    "alertmanager": _Kind(
        "alertmanager",
        "mixin.alertmanager.warnings",
        {
            "helm-values": _Format("mixin.alertmanager.values", _one("alertmanager-values.yaml")),
            "alertmanagerconfig": _Format("mixin.alertmanager.configs", _stream("alertmanagerconfig.yaml")),
            "alertmanager": _Format(
                "{ config: mixin.alertmanager.config, templates: mixin.alertmanager.templates }", _with_templates
            ),
        },
    ),
    "kibana": _Kind(
        "kibana",
        "[]",
        {
            "ndjson": _Format("mixin.kibana", _json_lines),
            "ecs": _Format(_BOARD % "kibana-ecs.ndjson", _json_lines),
            "legacy": _Format(_BOARD % "kibana-legacy.ndjson", _json_lines),
        },
    ),
}
