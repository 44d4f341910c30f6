"""A mixin of a few lines, with the fields that the real one has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILES: Final[Mapping[str, str]] = {
    "mixin.libsonnet": "(import 'rules/config.libsonnet') + (import 'rules/all.libsonnet')",
    "rules/config.libsonnet": """{
      _config+:: {
        namespace: 'kubevigil', source: 'exporter', restarts: 5, strict: false, anything: null, labels: {}, names: [],
        alerts: { Up: { severity: 'warning', minutes: 10 }, Down: { severity: 'critical', minutes: 1 } },
      },
    }""",
    "rules/all.libsonnet": """{
      local alerts = $._config.alerts,
      assert std.member(['exporter', 'both'], $._config.source) : 'source must be exporter or both',
      prometheusRules+:: { groups+: [{ name: 'recorded', rules: [{ record: 'a:b', expr: 'c' }] }] },
      prometheusAlerts+:: { groups+: [{ name: 'alerts', rules: [
        { alert: name, expr: 'up < %d' % alerts[name].minutes, labels: { severity: alerts[name].severity } }
        for name in std.objectFields(alerts) if alerts[name] != null
      ] }] },
    }""",
}

ROUTES: Final = """{
  _config+:: { slack+: { routes: [] } },
  alertmanager+:: {
    config: { route: { receiver: 'a' } },
    templates: { 'kubevigil.tmpl': '{{ define "x" }}y{{ end }}' },
    values: { alertmanager: { config: $._config.slack } },
    configs: [{ kind: 'AlertmanagerConfig', metadata: { name: name } } for name in $._config.slack.routes],
    warnings: ['no secret'],
  },
}"""


def mixin(folder: Path, more: str = "{}") -> Path:
    """The mixin's folder, written below `folder`, with the fields of the jsonnet `more` added."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    entry = folder / "mixin.libsonnet"
    entry.write_text(f"{FILES['mixin.libsonnet']} + {more}", encoding="utf-8")
    return folder
