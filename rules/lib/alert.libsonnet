// One alert from its parts. function(_config)(name, parts); [] for an alert that _config.alerts sets to null, else
// [rule], so that a group is the sum of its alerts:
//
//   local alert = (import '../lib/alert.libsonnet')($._config);
//   rules: alert('KubevigilX', function(own) {      // own = _config.alerts.KubevigilX
//     expr: 'up == %d' % own.threshold,
//     summary: 'A constant sentence.',               // no template: it groups alerts
//     description: 'What, where, {{ $value }}, what to do next.',
//     dashboard: '/d/kubevigil-exporter',            // path and query; optional
//     logs: true,                                    // a link to the crash logs; optional
//     labels: {},                                    // beside severity; optional
//     annotations: {},                               // further ones; optional
//   })
local links = import 'links.libsonnet';

function(config)
  local link = links(config);
  local positive(key, duration) = if duration == '0m' || duration == '0s' then {} else { [key]: duration };
  function(name, parts)
    local own = config.alerts[name];
    if own == null then [] else [
      local said = parts(own);
      {
        alert: name,
        expr: said.expr,
        labels: { severity: own.severity } + std.get(said, 'labels', {}),
        annotations:
          { summary: said.summary, description: said.description }
          + link.runbook(name)
          + (if 'dashboard' in said then link.dashboard(said.dashboard) else {})
          + (if std.get(said, 'logs', false) then link.logs else {})
          + std.get(said, 'annotations', {}),
      }
      + positive('for', own['for'])
      + positive('keep_firing_for', std.get(own, 'keepFiringFor', '0m')),
    ]
