// What the exporter and kube-state-metrics tell in different words, recorded under one name: the only file that knows
// which of them is asked. Alerts and dashboards read what is recorded here. Growth is taken from the raw counters, since
// a recorded series would be born later than its counter.
//
// With both, kube-state-metrics tells of those pods alone of which the exporter has no kubevigil_container_restarts_total:
// that family has every container, so its absence means that the pod is not watched.
local series = import 'lib/series.libsonnet';
local windows = import 'lib/windows.libsonnet';

{
  prometheusRules+:: {
    local config = $._config,
    local exporter = (import 'lib/from_exporter.libsonnet')(config),
    local stateMetrics = (import 'lib/from_kube_state_metrics.libsonnet')(config),

    // fact: function(source, of) PromQL, where of(expression) leaves the pods that this source is to tell of.
    local choose(fact) =
      local all(expression) = expression;
      local unwatched(expression) =
        '(\n%s)\nunless on (namespace, pod) last_over_time(%s[5m])\n' % [expression, exporter.pods];
      {
        exporter: fact(exporter, all),
        'kube-state-metrics': fact(stateMetrics, all),
        both: '(\n%s)\nor\n(\n%s)\n' % [fact(exporter, all), fact(stateMetrics, unwatched)],
      }[config.source],

    local withWorkload(expression) =
      '(\n%s)\n* on (namespace, pod) group_left (workload_kind, workload)\n%s\n' % [expression, series.workload],

    local restarts(minutes) = {
      record: series.restarts(minutes),
      expr: withWorkload(choose(function(source, of) of(source.restarts(minutes)))),
    },
    local oomKills(minutes) = {
      record: series.oomKills(minutes),
      expr: choose(function(source, of) source.oomKills(minutes, function(e) withWorkload(of(e)))),
    },

    // One each, whatever is told: the joins with these must not fail for all because of one pod.
    local one(by, with, expression) =
      'group by (%s, %s) (topk by (%s) (1,\n%s))\n' % [by, with, by, expression],

    groups+: [
      {
        name: 'kubevigil-normalised.rules',
        rules: [
          {
            record: series.pods,
            expr: 'count(\n%s\n)\n' % choose(function(source, of) of('group by (namespace, pod) (%s)' % source.pods)),
          },
          {
            record: series.workload,
            expr: one('namespace, pod', 'workload_kind, workload', choose(function(source, of) of(source.workload))),
          },
          { record: series.crashState, expr: withWorkload(choose(function(source, of) of(source.crashState))) },
          { record: series.lastTermination, expr: withWorkload(choose(function(source, of) of(source.lastTermination))) },
        ] + [
          restarts(minutes)
          for minutes in windows.short(config)
        ] + [
          oomKills(alert.windowMinutes)
          for alert in [config.alerts.KubevigilContainerOOMKilled]
          if alert != null
        ] + [
          {
            record: series.restartsIn(windows.shown),
            expr: withWorkload(choose(function(source, of) of(source.restarts(windows.shown, addable=true)))),
          },
          {
            record: series.oomKillsIn(windows.shown),
            expr: choose(function(source, of)
              source.oomKills(windows.shown, function(e) withWorkload(of(e)), addable=true)),
          },
        ] + [
          // Annotations of pods, which kube-state-metrics does not tell. Where pods of one workload differ, as during a
          // rollout, most of them decide.
          {
            record: series.owner,
            expr: one(
              series.workloadOnly,
              'owner, slack_channel',
              'count by (%s, owner, slack_channel) (\n%s)\n' % [series.workloadOnly, withWorkload(exporter.owner)]
            ),
          }
          for _ in [true]
          if config.source != 'kube-state-metrics'
        ],
      },
    ] + [
      {
        name: 'kubevigil-normalised-long.rules',
        interval: '2m',
        rules: [restarts(minutes) for minutes in windows.long(config)],
      }
      for _ in [true]
      if windows.long(config) != []
    ],
  },
}
