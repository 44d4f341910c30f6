// What kube-state-metrics says of pods, as PromQL with the exporter's labels. It tells of init containers and sidecars
// in families of their own, and tells the two not apart: container_type is 'app' or 'init'.
local grew = import 'grew.libsonnet';
local owners = import 'owners.libsonnet';

function(config) {
  local of(family, matchers='') = '%s{%s%s}' % [family, matchers, config.kubeStateMetricsSelector],
  local container = 'namespace, pod, container',

  // Both families of one fact, as one with container_type. expression: function(prefix) PromQL.
  local twins(expression) =
    std.join('or\n', [
      'label_replace(\n%s, "container_type", "%s", "", "")\n' % [expression(twin.prefix), twin.type]
      for twin in [{ prefix: 'kube_pod_container', type: 'app' }, { prefix: 'kube_pod_init_container', type: 'init' }]
    ]),

  local waiting(prefix) =
    of(prefix + '_status_waiting_reason', 'reason!~"ContainerCreating|PodInitializing",') + ' == 1',
  local killed(prefix) = of(prefix + '_status_last_terminated_reason', 'reason="OOMKilled",') + ' == 1',
  local grown(prefix, minutes, addable) =
    'max by (%s) (\n%s) > 0\n' % [
      container,
      grew.kubeStateMetrics(of(prefix + '_status_restarts_total'), minutes, config.kubeStateMetricsSelector, addable),
    ],

  // namespace, pod of all pods.
  pods: of('kube_pod_info'),

  // namespace, pod, workload_kind, workload; of pods that have anything to tell only
  workload: owners(
    of,
    unwell=std.join('\nor\n', [
      'group by (namespace, pod) (%s)' % fact
      for prefix in ['kube_pod_container', 'kube_pod_init_container']
      for fact in [of(prefix + '_status_restarts_total') + ' > 0', waiting(prefix)]
    ])
  ),

  // namespace, pod, container, container_type; more than 0
  restarts(minutes, addable=false):: twins(function(prefix) grown(prefix, minutes, addable)),

  // namespace, pod, container, container_type, reason
  crashState: twins(function(prefix) 'max by (%s, reason) (%s)' % [container, waiting(prefix)]),

  // namespace, pod, container, container_type, reason, exit_code, class. The code is a gauge's value there.
  lastTermination:
    local reasons(prefix) = 'max by (%s, reason) (%s == 1)' % [container, of(prefix + '_status_last_terminated_reason')];
    local codes(prefix) =
      'count_values by (%s) ("exit_code", max by (%s) (%s))'
      % [container, container, of(prefix + '_status_last_terminated_exitcode')];
    local class(expression, of) =
      std.foldl(
        function(e, c) 'label_replace(%s, "class", "%s", "reason", "%s")' % [e, c.class, c.reason],
        of,
        'label_replace(%s, "class", "error", "", "")' % expression
      );
    class(
      '\n' + twins(function(prefix)
        '%(reasons)s * on (%(container)s) group_left (exit_code) %(codes)s\nor on (%(container)s) %(reasons)s'
        % { reasons: reasons(prefix), codes: codes(prefix), container: container }),
      [
        { reason: 'OOMKilled', class: 'oom' },
        { reason: 'Completed', class: 'exited' },
        { reason: 'StartError|ContainerCannotRun', class: 'start_error' },
      ]
    ) + '\n',

  // namespace, workload_kind, workload, container, container_type; more than 0. A container that restarted after a kill
  // for lack of memory; kills in between that another end followed are not told here.
  oomKills(minutes, withWorkload, addable=false)::
    'sum by (namespace, workload_kind, workload, container, container_type) (\n%s)\n'
    % withWorkload(twins(function(prefix)
      '(%s) and on (%s) %s' % [grown(prefix, minutes, addable), container, killed(prefix)])),
}
