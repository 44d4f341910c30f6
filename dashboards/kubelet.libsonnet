// How many pods and containers does each kubelet run, and does it keep up?
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';

function(config) {
  local selector = config.dashboards.kubeletSelector,
  local stateMetrics = config.kubeStateMetricsSelector,
  local fact(name, more='') = '%s{%sinstance=~"$instance",%s}' % [name, more, selector],
  local running = 'container_state="running",',
  local node = '{{node}} {{instance}}',
  local p99(name) =
    'histogram_quantile(0.99, sum by (node, instance, le) (rate(%s[$__rate_interval])))' % fact(name + '_bucket'),

  uid: 'kubevigil-kubelet',
  title: 'Kubelet',
  question: 'How many pods and containers does each kubelet run, and does it keep up?',
  variables: [variables.any('instance', 'Kubelet', 'kubelet_running_pods{%s}' % selector)],
  rows: [
    {
      title: 'Now',
      lines: [{
        h: 4,
        panels: [
          panels.stat('Pods that run', 'As the kubelets count: pods with a sandbox.', 'short', [targets.instant('sum(%s)' % fact('kubelet_running_pods'))]),
          panels.stat(
            'Containers that run',
            'As the kubelets count.',
            'short',
            [targets.instant('sum(%s)' % fact('kubelet_running_containers', running))]
          ),
          panels.stat(
            'Containers that ended',
            'Still kept by the kubelets, for their logs.',
            'short',
            [targets.instant('sum(%s)' % fact('kubelet_running_containers', 'container_state="exited",'))]
          ),
          panels.stat('Kubelets', 'Those that answer Prometheus.', 'short', [targets.instant('sum(up{instance=~"$instance",%s})' % selector)]),
          panels.stat(
            'Room for pods',
            'How many more the nodes may run, in the whole cluster.',
            'short',
            [targets.instant(
              'sum(kube_node_status_allocatable{resource="pods",%s}) - count(kube_pod_status_phase{phase=~"Pending|Running",%s} == 1)'
              % [stateMetrics, stateMetrics]
            )]
          ) + panels.thresholds([[null, 'red'], [1, 'green']]),
        ],
      }, {
        h: 7,
        panels: [
          panels.table(
            'Each kubelet',
            'What it runs.',
            'short',
            [
              targets.table('sum by (node, instance) (%s)' % fact('kubelet_running_pods')),
              targets.table('sum by (node, instance) (%s)' % fact('kubelet_running_containers', running)),
            ],
            [['node', 'node'], ['instance', 'kubelet'], ['Value #A', 'pods'], ['Value #B', 'containers']]
          ) + panels.sorted('pods'),
        ],
      }],
    },
    {
      title: 'Over time',
      lines: [{
        h: 8,
        panels: [
          panels.timeseries('Pods', 'By kubelet.', 'short', [targets.range('sum by (node, instance) (%s)' % fact('kubelet_running_pods'), node)]) + panels.min(0),
          panels.timeseries(
            'Containers by state',
            'Of all kubelets chosen. Many that were created and never run: something keeps them from starting.',
            'short',
            [targets.range('sum by (container_state) (%s)' % fact('kubelet_running_containers'), '{{container_state}}')]
          ) + panels.min(0),
        ],
      }],
    },
    {
      title: 'Does it keep up?',
      lines: [{
        h: 8,
        panels: [
          panels.timeseries(
            'Starting a pod',
            'From seeing it to its containers running, images included; 99 of 100 pods were faster.',
            's',
            [targets.range(p99('kubelet_pod_start_duration_seconds'), node)]
          ) + panels.min(0) + panels.nothing('No pod was started'),
          panels.timeseries(
            'Asking the container runtime',
            'How long the kubelet takes to list all containers; 99 of 100 times it was faster. Over some seconds the node counts as not ready.',
            's',
            [targets.range(p99('kubelet_pleg_relist_duration_seconds'), node)]
          ) + panels.min(0),
          panels.timeseries(
            'Errors of the container runtime',
            'Operations that failed, by second: pulling images, creating and stopping containers.',
            'ops',
            [targets.range(
              'sum by (node, instance, operation_type) (rate(%s[$__rate_interval]))' % fact('kubelet_runtime_operations_errors_total'),
              '{{node}} {{operation_type}}'
            )]
          ) + panels.min(0) + panels.nothing('None'),
        ],
      }],
    },
    sources(config, ['kubelet', 'nodes', 'phases']),
  ],
}
