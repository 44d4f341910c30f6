// Annotations that lead somewhere, each {} where its base is not set: no link that leads nowhere.
function(config) {
  local under(key, base, path) = if base == '' then {} else { [key]: std.rstripChars(base, '/') + path },

  runbook(alert): under('runbook_url', config.runbookUrl, '/%s.md' % alert),

  // path: such as '/d/kubevigil-crashes?var-namespace={{ $labels.namespace }}'
  dashboard(path): under('dashboard_url', config.grafanaUrl, path),

  logs: under('logs_url', config.logsUrl, config.logsPath),
}
