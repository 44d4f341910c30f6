// Alerts about whole workloads.
local series = import '../lib/series.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    local alert = (import '../lib/alert.libsonnet')(config),
    local about = (import '../lib/container_alert.libsonnet')(config),
    local pods = (import '../lib/pods.libsonnet')(config),
    local identity = ['namespace', 'workload_kind', 'workload'],

    groups+: [
      {
        name: 'kubevigil-workloads',
        rules: alert('KubevigilWorkloadRestartStorm', function(own) {
          local restarts = series.restarts(own.windowMinutes),
          expr: about.owned(
            |||
              sum by (%(by)s) (%(restarts)s) >= %(times)d
              and on (%(by)s)
              count by (%(by)s) (group by (%(by)s, pod) (%(restarts)s)) >= %(pods)d
            ||| % { by: series.workloadOnly, restarts: restarts, times: own.restarts, pods: own.pods },
            series.workloadOnly
          ),
          summary: 'Many pods of one workload restart.',
          description: 'Containers in at least %d pods of ' % own.pods + about.workload +
                       ' restarted; times within %d minutes: {{ $value }}. ' % own.windowMinutes +
                       'Look for what they share: a rollout, a dependency, a node. ' + about.lastWords(container=false),
          annotations: {
            pods: pods.named(restarts, labels=identity),
            exit_codes: pods.exitCodes(labels=identity),
          },
          dashboard: about.dashboard,
          logs: true,
        }),
      },
    ],
  },
}
