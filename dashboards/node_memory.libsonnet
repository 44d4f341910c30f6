// How much memory do the nodes have left?
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';
local usage = import 'queries/usage.libsonnet';

function(config) {
  local use = usage(config),
  local exporter = config.dashboards.nodeExporterSelector,
  local stateMetrics = config.kubeStateMetricsSelector,
  // node-exporter knows itself by its address; the name of the node is in one series of its own.
  local named(expr) =
    'max by (nodename) (\n%s\n* on (instance, job) group_left (nodename) node_uname_info{nodename=~"$node",%s})' % [expr, exporter],
  local fact(name) = 'node_memory_%s_bytes{%s}' % [name, exporter],
  local used = '(%s - %s)' % [fact('MemTotal'), fact('MemAvailable')],
  local share = '(1 - %s / %s)' % [fact('MemAvailable'), fact('MemTotal')],
  local onNodes(expr) =
    '%s\n* on (namespace, pod) group_left (node)\nmax by (namespace, pod, node) (kube_pod_info{node=~"$node",%s})' % [expr, stateMetrics],
  local full = panels.thresholds([[null, 'green'], [0.8, 'yellow'], [0.95, 'red']]),

  uid: 'kubevigil-node-memory',
  title: 'Memory of nodes',
  question: 'How much memory do the nodes have left?',
  variables: [variables.any('node', 'Node', 'node_uname_info{%s}' % exporter, 'nodename')],
  rows: [
    {
      title: 'Now',
      lines: [{
        h: 6,
        panels: [
          panels.stat(
            'Used, in %',
            'All that cannot be given to somebody else at once. Caches are not part of it.',
            'percentunit',
            [targets.instant(named(share), '{{nodename}}')]
          ) + panels.decimals(1) + full,
          panels.stat(
            'Used, in MiB',
            'The same, as an amount.',
            'suffix:MiB',
            [targets.instant(named(used + ' / 1024 / 1024'), '{{nodename}}')]
          ) + panels.decimals(0),
          panels.stat(
            'Left',
            'What can be given to somebody at once.',
            'bytes',
            [targets.instant(named(fact('MemAvailable')), '{{nodename}}')]
          ) + panels.decimals(1),
          panels.stat(
            'Promised to pods',
            'What pods requested, of what Kubernetes may give away. At 100 % no further pod fits, however much is left.',
            'percentunit',
            [targets.instant(
              'sum by (node) (kube_pod_container_resource_requests{resource="memory",node=~"$node",%(s)s}\nand on (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running",%(s)s} == 1))\n/ sum by (node) (kube_node_status_allocatable{resource="memory",node=~"$node",%(s)s})'
              % { s: stateMetrics },
              '{{node}}'
            )]
          ) + panels.decimals(0) + full,
        ],
      }],
    },
    {
      title: 'Over time',
      lines: [{
        h: 8,
        panels: [
          panels.timeseries(
            'Used over time, in %',
            'Of each node.',
            'percentunit',
            [targets.range(named(share), '{{nodename}}')]
          ) + panels.min(0) + panels.max(1),
          panels.timeseries(
            'Used over time',
            'Of each node. Dashed: what it has.',
            'bytes',
            [
              targets.range(named(used), '{{nodename}}'),
              targets.range(named(fact('MemTotal')), '{{nodename}} has'),
            ]
          ) + panels.min(0) + panels.limit('.* has', 'red'),
        ],
      }, {
        h: 8,
        panels: [
          panels.timeseries(
            'By namespace',
            'Working sets of the pods on these nodes. What is missing to the sum is the system.',
            'bytes',
            [targets.range('sum by (namespace) (%s)' % onNodes(use.memory('namespace!=""')), '{{namespace}}')]
          ) + panels.min(0) + panels.stacked,
          panels.bars(
            'Killed for lack of memory',
            'Processes that the kernel killed in each step, by node: because a container reached its limit, or the node its end.',
            'short',
            [targets.range(
              'sum by (nodename) (increase(node_vmstat_oom_kill{%(s)s}[$__interval])\n* on (instance, job) group_left (nodename) node_uname_info{nodename=~"$node",%(s)s})' % { s: exporter },
              '{{nodename}}'
            )]
          ) + panels.decimals(0) + panels.step('5m'),
        ],
      }, {
        h: 6,
        panels: [
          panels.timeline(
            'Memory pressure',
            'While it lasts, the kubelet evicts pods and takes no more that set no requests.',
            [targets.range(
              'max by (node) (kube_node_status_condition{condition="MemoryPressure",status="true",node=~"$node",%s})' % stateMetrics,
              '{{node}}'
            )],
            { '0': ['none', 'green'], '1': ['pressure', 'red'] }
          ),
        ],
      }],
    },
    sources(config, ['node', 'nodeNames', 'podMemory', 'pods', 'requests', 'nodes']),
  ],
}
