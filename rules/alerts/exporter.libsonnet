// Alerts about the exporter itself. They say where it runs (`namespace`), never which pod: a new pod is no new
// incident. A rule's own labels are not among the $labels of its texts, so these have the namespace from _config.
local newAlert = import '../lib/alert.libsonnet';
local grew = import '../lib/grew.libsonnet';

{
  local config = $._config,
  local selector = config.exporterSelector,
  local alert = newAlert(config),
  local ours = {
    labels: { namespace: config.namespace },
    dashboard: '/d/kubevigil-exporter',
    log(filter):: 'Next: kubectl -n %s logs deploy/kubevigil --since=30m%s' % [config.namespace, filter],
  },

  // Only the exporter has kubevigil_synced: another target of the same job does not stand for it. absent() takes no
  // labels from such an expression, so the job's does not get into the alert.
  local absent = alert('KubevigilExporterAbsent', function(own) ours {
    expr: 'absent(up{%s} == 1 and on (job, instance) kubevigil_synced{%s})' % [selector, selector],
    summary: 'The Kubevigil exporter is away, so nobody counts crashes.',
    description:
      'No exporter with %s answers Prometheus. ' % selector +
      'Until one does, no alert about crashes can fire, and logs of crashes are lost. ' +
      'Next: kubectl -n %s get pods -l app.kubernetes.io/name=kubevigil' % config.namespace,
  }),

  local notSynced = alert('KubevigilNotSynced', function(own) ours {
    expr: 'max by (resource) (max_over_time(kubevigil_synced{%s}[%dm])) == 0' % [selector, config.stateMinutes],
    summary: 'The Kubevigil exporter does not see the whole cluster.',
    description:
      'It could not list all {{ $labels.resource }} that it is to watch; crashes in the rest are not counted. ' +
      self.log(" | grep 'watch failed'"),
  }),

  // Not held over gaps: while the exporter is away the age would grow by itself.
  local stale = alert('KubevigilWatchStale', function(own) ours {
    expr: 'max by (resource) (time() - kubevigil_watch_last_activity_timestamp_seconds{%s}) > %d'
          % [selector, own.silentMinutes * 60],
    summary: 'The Kubevigil exporter hears nothing from the API server.',
    description:
      'Its watch of {{ $labels.resource }} has brought nothing for {{ $value | humanizeDuration }}; ' +
      'a living one brings something about once a minute. Crashes are not seen meanwhile. ' + self.log(''),
  }),

  local storeErrors = alert('KubevigilStoreErrors', function(own) ours {
    expr: |||
      sum by (operation) (
        %s) >= %d
    ||| % [
      grew.exporter('kubevigil_store_errors_total{%s}' % selector, own.windowMinutes, selector),
      own.errors,
    ],
    summary: "The Kubevigil exporter's store refuses to be written.",
    description:
      '{{ $value | humanize }} times in %d minutes the operation {{ $labels.operation }} failed; ' % own.windowMinutes +
      'often the disk is full. What happened meanwhile waits in memory: make room before anything restarts it. ' +
      self.log(" | grep 'store'"),
  }),

  local cardinality = alert('KubevigilSeriesCardinality', function(own) ours {
    expr: 'max(max_over_time(scrape_samples_scraped{%s}[%dm])) > %d' % [selector, config.stateMinutes, own.samples],
    summary: 'The Kubevigil exporter has more series than expected.',
    description:
      'A scrape brings {{ $value | humanize }} samples, and %d are expected at the most; ' % own.samples +
      'Prometheus pays for each in memory. Next, in Prometheus: topk(10, count by (__name__) ({%s}))' % selector,
  }),

  prometheusAlerts+:: {
    groups+: [{ name: 'kubevigil-exporter', rules: absent + notSynced + stale + storeErrors + cardinality }],
  },
}
