// Dashboards for Grafana: { 'file.json': dashboard }, one for each question.
local dashboard = import 'lib/dashboard.libsonnet';

{
  local config = $._config,
  local all = [
    import 'crashes.libsonnet',
    import 'pod.libsonnet',
    import 'healthchecks.libsonnet',
    import 'custom_metrics.libsonnet',
    import 'statefulset.libsonnet',
    import 'cpu.libsonnet',
    import 'node_memory.libsonnet',
    import 'kubelet.libsonnet',
    import 'network.libsonnet',
    import 'alerts.libsonnet',
    import 'installed.libsonnet',
    import 'exporter.libsonnet',
  ],

  grafanaDashboards+:: {
    [parts.uid + '.json']: dashboard(config, parts)
    for parts in [board(config) for board in all]
  },
}
