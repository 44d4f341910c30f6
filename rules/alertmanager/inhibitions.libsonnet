// What mutes what: { source: [matchers], target: [matchers], equal: [labels] }.
//
// No alert is source and target of one rule. What is muted may mute in its turn, and then so does what mutes it.
local matchers = import 'matchers.libsonnet';

local container = ['namespace', 'workload_kind', 'workload', 'container'];
local rule(sources, targets, equal) = {
  source: [matchers.oneOf('alertname', sources)],
  target: [matchers.oneOf('alertname', targets)],
  equal: equal,
};
local restarted = ['KubevigilContainerRestarted', 'KubevigilContainerRestartsHigh'];
local why = ['KubevigilCrashLooping', 'KubevigilContainerOOMKilled', 'KubevigilInitContainerFailing'];

{
  ours: [
    // Many pods of a workload at once: one message of the workload instead of those of its containers.
    rule(['KubevigilWorkloadRestartStorm'], restarted + why, ['namespace', 'workload_kind', 'workload']),
    // That a container restarted is told already by what says why.
    rule(why, restarted, container),
    // The exporter is away: what it says of itself, and of what it delivers, is old.
    rule(
      ['KubevigilExporterAbsent'],
      [
        'KubevigilNotSynced',
        'KubevigilWatchStale',
        'KubevigilStoreErrors',
        'KubevigilSeriesCardinality',
        'KubevigilCrashLogCaptureFailing',
        'KubevigilCrashLogDeliveryFailing',
        'KubevigilCrashLogDeadLetters',
        'KubevigilCrashLogsDropped',
        'KubevigilOutboxBacklog',
      ],
      ['namespace'],
    ),
    // kube-prometheus-stack's alert of the same pod.
    rule(['KubevigilStockAlertInhibitor'], ['KubePodCrashLooping'], ['namespace', 'pod']),
  ],
}
