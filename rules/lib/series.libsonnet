// The names of the recorded series, and what identifies what: the only place where they are spelled.
{
  // How many pods are told of; one series without labels, absent where nobody tells.
  pods: 'cluster:kubevigil_pods:count',
  // namespace, pod -> workload_kind, workload
  workload: 'namespace_pod:kubevigil_workload:info',
  // namespace, workload_kind, workload -> owner, slack_channel
  owner: 'namespace_workload:kubevigil_owner:info',
  // A container's restarts within so many minutes; only where there are any.
  restarts(minutes):: 'namespace_pod_container:kubevigil_restarts:grew%dm' % minutes,
  // The same of windows side by side, which can be added up.
  restartsIn(minutes):: 'namespace_pod_container:kubevigil_restarts:sum%dm' % minutes,
  // 1 by reason, while the container cannot run.
  crashState: 'namespace_pod_container:kubevigil_crash_state:info',
  // 1 by reason, exit_code and class: how the last instance ended.
  lastTermination: 'namespace_pod_container:kubevigil_last_termination:info',
  // A workload's containers killed for lack of memory within so many minutes; only where there are any.
  oomKills(minutes):: 'namespace_workload_container:kubevigil_oom_kills:grew%dm' % minutes,
  // The same of windows side by side, which can be added up.
  oomKillsIn(minutes):: 'namespace_workload_container:kubevigil_oom_kills:sum%dm' % minutes,
  // Crashes of a container that is in a crash loop.
  crashLoop: 'namespace_pod_container:kubevigil_crash_loop:crashes',

  podContainer: 'namespace, pod, workload_kind, workload, container, container_type',
  workloadContainer: 'namespace, workload_kind, workload, container, container_type',
  workloadOnly: 'namespace, workload_kind, workload',
}
