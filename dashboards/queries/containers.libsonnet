// What happened to containers, from the recorded series: the same whatever they are made of. of: label matchers.
local series = import '../../rules/lib/series.libsonnet';
local windows = import '../../rules/lib/windows.libsonnet';

{
  step: '%dm' % windows.shown,
  // 0 where somebody tells of pods, and nothing where nobody does: no number that nobody vouches for.
  local orZero(expr) = '%s\nor 0 * %s' % [expr, series.pods],
  local within(name, of, time) = 'sum_over_time(%s{%s}[%s:%s])' % [name, of, time, $.step],

  // Restarts in the time shown, or in each step of a graph.
  restarts(of, by, time='$__range')::
    'sum by (%s) (%s)' % [by, within(series.restartsIn(windows.shown), of, time)],
  restartsInAll(of):: orZero('sum(%s)' % within(series.restartsIn(windows.shown), of, '$__range')),

  oomKills(of):: orZero('sum(%s)' % within(series.oomKillsIn(windows.shown), of, '$__range')),

  // Containers that cannot run now.
  stuck(of):: orZero('count(group by (namespace, pod, container) (%s{%s}))' % [series.crashState, of]),
  loops(of):: orZero('count(%s{%s})' % [series.crashLoop, of]),
  // Workloads of which a container restarted in the time shown.
  workloads(of):: orZero(
    'count(group by (namespace, workload_kind, workload) (last_over_time(%s{%s}[$__range])))'
    % [series.restartsIn(windows.shown), of]
  ),
  pods:: series.pods,

  // How last ends came about: namespace, pod, container, reason, exit_code.
  ends(of, by):: 'count by (%s) (%s{%s})' % [by, series.lastTermination, of],

  // The containers with the most restarts in the time shown, with how they ended last.
  worst(of, most)::
    |||
      (
        %(restarts)s
        * on (namespace, pod, container) group_left (reason, exit_code)
        group by (namespace, pod, container, reason, exit_code) (
          topk by (namespace, pod, container) (1, %(ends)s{%(of)s})
        )
      )
      or on (namespace, pod, container)
      %(restarts)s
    ||| % { restarts: $.mostRestarts(of, most), ends: series.lastTermination, of: of },
  mostRestarts(of, most)::
    'topk(%d, %s)' % [most, $.restarts(of, 'namespace, workload_kind, workload, pod, container')],

  // Why they cannot run now, for each of them that can not: the label state.
  states(of, among)::
    |||
      group by (namespace, pod, container, state) (
        label_replace(%s{%s}, "state", "$1", "reason", "(.+)")
        and on (namespace, pod, container) %s
      )
    ||| % [series.crashState, of, among],

  stuckBy(of, by):: 'group by (%s) (%s{%s})' % [by, series.crashState, of],

  // Why one cannot run, as numbers of stateNames.
  local cannotRun(of) =
    local noImage = '.*Image.*|RegistryUnavailable|SignatureValidationFailed';
    local waiting(matcher) = '%s{%s,reason%s}' % [series.crashState, of, matcher];
    std.join('\n  or ', [
      '4 * ' + waiting('="CrashLoopBackOff"'),
      '5 * ' + waiting('=~"%s"' % noImage),
      '6 * ' + waiting('!~"CrashLoopBackOff|%s"' % noImage),
    ]),

  // A number for each thing that a container can be at: see stateNames. With kube-state-metrics also for those that run.
  state(of, kubeStateMetrics, by='container')::
    local both(condition) = std.join(' or ', [
      'kube_pod_%scontainer_status_%s{%s,%s} == 1' % [init, condition, of, kubeStateMetrics]
      for init in ['', 'init_']
    ]);
    |||
      max by (%(by)s) (
        %(cannotRun)s
      )
      or max by (%(by)s) (%(running)s)
      or max by (%(by)s) (3 * (%(terminated)s))
      or max by (%(by)s) (2 * (%(waiting)s))
    ||| % {
      by: by,
      cannotRun: cannotRun(of),
      running: both('running'),
      terminated: both('terminated'),
      waiting: both('waiting'),
    },
  stateNames:: {
    '1': ['runs', 'green'],
    '2': ['waits', 'yellow'],
    '3': ['ended', 'blue'],
    '4': ['crash loop', 'red'],
    '5': ['no image', 'purple'],
    '6': ['cannot be created', 'dark-orange'],
  },

  // The state of those that could not run at some time shown, at most so many.
  stuckOverTime(of, most)::
    |||
      max by (namespace, pod, container) (
        %(cannotRun)s
      )
      and topk(%(most)d, sum by (namespace, pod, container) (count_over_time(%(crash)s{%(of)s}[$__range] @ end())))
    ||| % { cannotRun: cannotRun(of), crash: series.crashState, of: of, most: most },
}
