// What the exporter says of pods, as PromQL. Each expression has one series for each of its labels, whatever is scraped
// twice; where the exporter was away for a moment, what it said before holds.
local grew = import 'grew.libsonnet';

function(config) {
  local of(family, matchers='') = '%s{%s%s}' % [family, matchers, config.exporterSelector],
  local container = 'namespace, pod, container, container_type',

  // namespace, pod of all pods that the exporter watches.
  pods: of('kubevigil_container_restarts_total'),

  // namespace, pod, workload_kind, workload
  workload:
    local info = of('kubevigil_pod_info');
    |||
      max by (namespace, pod, workload_kind, workload) (%(info)s)
      or on (namespace, pod)
      max by (namespace, pod, workload_kind, workload) (last_over_time(%(info)s[10m]))
    ||| % { info: info },

  // namespace, pod, owner, slack_channel
  owner:
    local info = of('kubevigil_pod_owner_info');
    |||
      max by (namespace, pod, owner, slack_channel) (%(info)s)
      or on (namespace, pod)
      max by (namespace, pod, owner, slack_channel) (last_over_time(%(info)s[10m]))
    ||| % { info: info },

  // namespace, pod, container, container_type; more than 0
  restarts(minutes, addable=false)::
    'max by (%s) (\n%s) > 0\n' % [
      container,
      grew.exporter(of('kubevigil_container_restarts_total'), minutes, config.exporterSelector, addable),
    ],

  // namespace, pod, container, container_type, reason
  crashState: 'max by (%s, reason) (%s)\n' % [container, of('kubevigil_container_crash_state')],

  // namespace, pod, container, container_type, reason, exit_code, class
  lastTermination:
    'max by (%s, reason, exit_code, class) (%s)\n' % [container, of('kubevigil_container_last_termination_info')],

  // namespace, workload_kind, workload, container, container_type; more than 0. Of workloads that have a counter with
  // their name, what it counted: pods that are gone too. Of the others (Jobs, bare pods), the containers whose last end
  // it was.
  oomKills(minutes, withWorkload, addable=false)::
    |||
      sum by (namespace, workload_kind, workload, container, container_type) (
        %(counted)s) > 0
      or
      count by (namespace, workload_kind, workload, container, container_type) (
        %(ended)s
      )
    ||| % {
      counted: grew.exporter(
        of('kubevigil_workload_terminations_total', 'class="oom",workload!="",'), minutes, config.exporterSelector, addable
      ),
      ended: withWorkload(
        |||
          max by (%(container)s) (
            %(oom)s
            or
            (last_over_time(%(oom)s[5m]) unless on (%(container)s) %(info)s)
          )
          and on (%(container)s)
          (time() - max by (%(container)s) (last_over_time(%(time)s[5m])) < %(minutes)d * 60)
        ||| % {
          container: container,
          oom: of('kubevigil_container_last_termination_info', 'class="oom",'),
          info: of('kubevigil_container_last_termination_info'),
          time: of('kubevigil_container_last_termination_timestamp_seconds'),
          minutes: minutes,
        }
      ),
    },
}
