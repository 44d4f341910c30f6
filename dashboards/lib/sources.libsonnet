// The row "Data sources present?": which series a dashboard asks for, whether somebody has them, and if not, why that
// may be and what to do. It stands in every dashboard, so that an empty panel is no riddle.
local series = import '../../rules/lib/series.libsonnet';
local panels = import 'panels.libsonnet';
local targets = import 'targets.libsonnet';

// Each: name (what is shown), expr (what is counted), from, advice (no quotes or backslashes: it stands in a query).
local catalogue(config) = {
  local of(name, selector, more='') = name + '{' + more + selector + '}',
  local stateMetrics = {
    from: 'kube-state-metrics',
    advice: 'kube-state-metrics is not scraped, or under another job than _config.kubeStateMetricsSelector says',
  },
  local cadvisor(name, more='') = {
    name: name,
    expr: of(name, config.dashboards.cadvisorSelector, more),
    from: 'kubelet, /metrics/cadvisor',
    advice: 'The kubelet is not scraped, or under another job than _config.dashboards.cadvisorSelector says',
  },
  local kubelet(name) = {
    name: name,
    expr: of(name, config.dashboards.kubeletSelector),
    from: 'kubelet, /metrics',
    advice: 'The kubelet is not scraped, or under another job than _config.dashboards.kubeletSelector says',
  },
  local node(name) = {
    name: name,
    expr: of(name, config.dashboards.nodeExporterSelector),
    from: 'node-exporter',
    advice: 'node-exporter is not scraped, or under another job than _config.dashboards.nodeExporterSelector says',
  },
  local exporter(name, advice) = {
    name: name,
    expr: of(name, config.exporterSelector),
    from: 'kubevigil',
    advice: advice,
  },
  local state(name) = stateMetrics { name: name, expr: of(name, config.kubeStateMetricsSelector) },

  rules: {
    name: series.pods,
    expr: series.pods,
    from: 'rules',
    advice: 'The rules are not loaded (chart: rules.enabled, rules.labels), or nobody tells them of pods: the exporter is not scraped',
  },
  restarts: exporter(
    'kubevigil_container_restarts_total',
    'The exporter is not scraped (chart: serviceMonitor.labels), or under another job than _config.exporterSelector says'
  ),
  ends: exporter(
    'kubevigil_container_last_termination_timestamp_seconds',
    'The exporter is not scraped, or no container has died yet'
  ),
  exporter: exporter(
    'kubevigil_synced',
    'The exporter is not scraped (chart: serviceMonitor.labels), or under another job than _config.exporterSelector says'
  ),
  outbox: exporter(
    'kubevigil_outbox_records',
    'Crash logs are not sent anywhere: no elasticsearch.hosts in the settings. Fine if that is meant'
  ),
  sidecar: {
    name: 'kubevigil_sink_records_total',
    expr: of(self.name, config.dashboards.sidecarSelector),
    from: 'kubevigil ship',
    advice: 'There is no log sidecar (no elasticsearch.hosts), it has sent nothing yet, or it is not scraped',
  },
  checks: exporter(
    'kubevigil_healthcheck_runs_total',
    'There are no HealthCheck objects, or health checks are switched off'
  ),
  checkRules: {
    name: 'namespace_healthcheck:kubevigil_healthcheck_up:held',
    expr: self.name,
    from: 'rules',
    advice: 'The rules are not loaded (chart: rules.enabled, rules.labels), or no health check ran yet',
  },
  remedies: exporter(
    'kubevigil_healthcheck_remedy_runs_total',
    'No health check has a remedy. Fine if that is meant'
  ),
  custom: exporter(
    'kubevigil_healthcheck_custom_metrics',
    'No health check tells metrics of its own. Fine if that is meant'
  ),

  pods: state('kube_pod_info'),
  phases: state('kube_pod_status_phase'),
  limits: state('kube_pod_container_resource_limits'),
  requests: state('kube_pod_container_resource_requests'),
  statefulsets: state('kube_statefulset_replicas'),
  deployments: state('kube_deployment_spec_replicas'),
  services: state('kube_service_info'),
  claims: state('kube_persistentvolumeclaim_info') {
    advice: 'There is no PersistentVolumeClaim, or kube-state-metrics is not scraped',
  },
  nodes: state('kube_node_status_allocatable'),

  containerCpu: cadvisor('container_cpu_usage_seconds_total', 'container!="",container!="POD",') {
    name: 'container_cpu_usage_seconds_total, by container',
    advice: 'This container runtime gives no container labels (cri-dockerd, some containerd): panels show whole pods instead',
  },
  podCpu: cadvisor('container_cpu_usage_seconds_total', 'pod!="",') {
    name: 'container_cpu_usage_seconds_total, by pod',
  },
  podMemory: cadvisor('container_memory_working_set_bytes', 'pod!="",') {
    name: 'container_memory_working_set_bytes, by pod',
  },
  podNetwork: cadvisor('container_network_receive_bytes_total', 'pod!="",') {
    name: 'container_network_receive_bytes_total, by pod',
    advice: 'This container runtime gives no network by pod, all pods use the network of the host, or the kubelet is not scraped',
  },
  kubelet: kubelet('kubelet_running_pods'),
  volumes: kubelet('kubelet_volume_stats_used_bytes') {
    advice: 'No claim is mounted, or its driver tells no sizes (host paths and many local volumes do not), or the kubelet is not scraped',
  },
  node: node('node_memory_MemAvailable_bytes'),
  nodeNames: node('node_uname_info'),
  alerts: {
    name: 'ALERTS',
    expr: 'ALERTS',
    from: 'Prometheus',
    advice: 'No alert is firing or pending. Not even Watchdog, which kube-prometheus-stack lets fire always: its rules are not loaded',
  },
  alertmanager: {
    name: 'alertmanager_notifications_total',
    expr: self.name,
    from: 'Alertmanager',
    advice: 'Alertmanager is not scraped',
  },
};

local labelled(expr, labels) =
  std.foldl(
    function(inner, name) 'label_replace(' + inner + ', "' + name + '", "' + labels[name] + '", "", "")',
    std.objectFields(labels),
    expr
  );

local asked(source) =
  labelled('count(' + source.expr + ')', { series: source.name, from: source.from })
  + '\nor on (series)\n'
  + labelled('vector(0)', { series: source.name, from: source.from, advice: source.advice });

// names: those of the catalogue that a dashboard asks for.
function(config, names) {
  local known = catalogue(config),
  title: 'Data sources present?',
  lines: [{
    h: 3 + std.length(names),
    panels: [
      panels.table(
        'Which series are there',
        'What this dashboard reads, with the number of series. Where one is missing, what that means and what to do.',
        'short',
        [targets.table('sort(\n' + std.join('\nor\n', [asked(known[name]) for name in names]) + '\n)')],
        [['series', 'series'], ['from', 'from'], ['Value', 'there'], ['advice', 'if it is missing']],
      )
      + panels.column('there', {
        mappings: [{ type: 'value', options: { '0': { text: 'missing', color: 'red', index: 0 } } }],
        color: { mode: 'fixed', fixedColor: 'green' },
        'custom.cellOptions': { type: 'color-text' },
        'custom.width': 100,
      })
      + panels.column('series', { 'custom.width': 430 })
      + panels.column('from', { 'custom.width': 200 }),
    ],
  }],
}
