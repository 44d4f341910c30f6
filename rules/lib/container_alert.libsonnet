// What the alerts about containers have in common: whose they are, what to look at next, and whether the alert is about
// a container or a whole workload.
local series = import 'series.libsonnet';

function(config) {
  local pods = (import 'pods.libsonnet')(config),

  // The same alert with the labels owner and slack_channel where its pods are annotated.
  //   by: the labels that the alert has
  owned(expr, by=series.workloadContainer)::
    if config.source == 'kube-state-metrics' then expr
    else
      |||
        (
          %(expr)s)
        * on (%(workload)s) group_left (owner, slack_channel)
        %(owner)s
        or on (%(by)s)
        (
          %(expr)s)
      ||| % { expr: expr, workload: series.workloadOnly, owner: series.owner, by: by },

  // Which container of what, for a description.
  container: 'Container {{ $labels.container }} of {{ $labels.workload_kind }} ' +
             '{{ $labels.namespace }}/{{ $labels.workload }}',
  workload: '{{ $labels.workload_kind }} {{ $labels.namespace }}/{{ $labels.workload }}',

  // Where its last words are. Without the exporter nobody kept them.
  lastWords(container=true)::
    if config.source == 'kube-state-metrics' then
      'Its last words, while its pod is there: kubectl logs --previous --namespace {{ $labels.namespace }} POD'
      + (if container then ' --container {{ $labels.container }}' else '') + '.'
    else
      "Its last words, in the exporter's pod: kubevigil crashes list --namespace {{ $labels.namespace }} " +
      '--workload {{ $labels.workload_kind }}/{{ $labels.workload }}.',

  events: 'What Kubernetes says of it: kubectl describe pod --namespace {{ $labels.namespace }} POD.',

  dashboard: '/d/kubevigil-crashes?var-namespace={{ $labels.namespace }}&var-workload={{ $labels.workload }}',

  // Annotations of an alert about containers that ended. As in pods.named.
  ended(name, extra='', range=''):: {
    pods: pods.named(name, extra, range),
    exit_codes: pods.exitCodes(),
  },
}
