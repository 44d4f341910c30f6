// A dashboard: one question, and the panels that answer it.
local layout = import 'layout.libsonnet';
local links = import 'links.libsonnet';
local variables = import 'variables.libsonnet';

// parts: uid, title, question, variables (beside the data source), rows, and on demand: links, annotations, from.
function(config, parts) {
  uid: parts.uid,
  title: 'Kubevigil / ' + parts.title,
  description: parts.question,
  tags: config.dashboards.tags,
  schemaVersion: 39,
  editable: false,
  graphTooltip: 1,  // the cross-hair is shared
  refresh: config.dashboards.refresh,
  timezone: config.dashboards.timezone,
  time: { from: std.get(parts, 'from', config.dashboards.from), to: 'now' },
  timepicker: {},
  fiscalYearStartMonth: 0,
  weekStart: '',
  liveNow: false,
  links: [links(config).menu] + std.get(parts, 'links', []),
  templating: { list: [variables.datasource] + parts.variables },
  annotations: {
    list: [
      {
        datasource: { type: 'prometheus', uid: '${datasource}' },
        enable: true,
        hide: false,
        iconColor: 'red',
        step: '1m',
        tagKeys: '',
        textFormat: '',
      } + annotation
      for annotation in std.get(parts, 'annotations', [])
    ],
  },
  panels: layout(parts.rows),
}
