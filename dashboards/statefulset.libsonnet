// How much CPU, memory and storage does my StatefulSet use?
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';
local containers = import 'queries/containers.libsonnet';
local usage = import 'queries/usage.libsonnet';

function(config) {
  local use = usage(config),
  local link = links(config),
  local selector = config.kubeStateMetricsSelector,
  local set(name) = 'max(%s{namespace="$namespace",statefulset="$statefulset",%s})' % [name, selector],
  local inNamespace = 'namespace="$namespace"',
  // Only those of its pods.
  local its(expr) =
    '%s\nand on (namespace, pod)\nkube_pod_owner{owner_kind="StatefulSet",owner_name="$statefulset",namespace="$namespace",%s}'
    % [expr, selector],
  local total(expr) = 'sum(%s)' % its(expr),
  local claims =
    'group by (namespace, persistentvolumeclaim) (kube_pod_spec_volumes_persistentvolumeclaims_info{%s,%s}\nand on (namespace, pod) kube_pod_owner{owner_kind="StatefulSet",owner_name="$statefulset",namespace="$namespace",%s})'
    % [inNamespace, selector, selector],
  local volume(name) = 'max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_%s{%s,%s})' % [name, inNamespace, config.dashboards.kubeletSelector],

  uid: 'kubevigil-statefulset',
  title: 'StatefulSet',
  question: 'How much CPU, memory and storage does my StatefulSet use?',
  variables: [
    variables.one('namespace', 'Namespace', 'kube_statefulset_replicas'),
    variables.one('statefulset', 'StatefulSet', 'kube_statefulset_replicas{namespace="$namespace"}'),
  ],
  rows: [
    {
      title: 'In all',
      lines: [{
        h: 4,
        panels: [
          panels.stat(
            'Pods ready',
            'Of those that are wanted, which is the second number.',
            'short',
            [
              targets.instant(set('kube_statefulset_status_replicas_ready'), 'ready'),
              targets.instant(set('kube_statefulset_replicas'), 'wanted'),
            ]
          ),
          panels.stat('CPU', 'Of all its pods, in cores.', 'short', [targets.instant(total(use.cpu(inNamespace)))]) + panels.decimals(3),
          panels.stat(
            'CPU of requested',
            'Far below 100 %: it asks for too much.',
            'percentunit',
            [targets.instant('%s\n/ %s' % [total(use.cpu(inNamespace)), total(use.requests('cpu', inNamespace))])]
          ) + panels.decimals(0) + panels.nothing('nothing requested'),
          panels.stat('Memory', 'The working set of all its pods.', 'bytes', [targets.instant(total(use.memory(inNamespace)))]),
          panels.stat(
            'Memory of its limit',
            'Near 100 %: the next to be killed.',
            'percentunit',
            [targets.instant('%s\n/ %s' % [total(use.memory(inNamespace)), total(use.limits('memory', inNamespace))])]
          )
          + panels.decimals(0)
          + panels.thresholds([[null, 'green'], [0.8, 'yellow'], [0.95, 'red']])
          + panels.nothing('no limit'),
          panels.stat(
            'Restarts',
            'Of its containers, in the time shown.',
            'short',
            [targets.instant(
              containers.restartsInAll('namespace="$namespace",workload_kind="StatefulSet",workload="$statefulset"')
            )]
          ) + panels.decimals(0) + panels.bad,
        ],
      }],
    },
    {
      title: 'Each pod',
      lines: [{
        h: 9,
        panels: [
          panels.timeseries(
            'CPU by pod',
            'In cores. Dashed: what one pod requests, and its limit.',
            'short',
            [
              targets.range(its(use.cpu(inNamespace)), '{{pod}}'),
              targets.range('max(%s)' % its(use.requests('cpu', inNamespace)), 'request'),
              targets.range('max(%s)' % its(use.limits('cpu', inNamespace)), 'limit'),
            ]
          ) + panels.min(0) + panels.limit('request', 'yellow') + panels.limit('limit', 'red'),
          panels.timeseries(
            'Memory by pod',
            'The working set. Dashed: what one pod requests, and its limit.',
            'bytes',
            [
              targets.range(its(use.memory(inNamespace)), '{{pod}}'),
              targets.range('max(%s)' % its(use.requests('memory', inNamespace)), 'request'),
              targets.range('max(%s)' % its(use.limits('memory', inNamespace)), 'limit'),
            ]
          ) + panels.min(0) + panels.limit('request', 'yellow') + panels.limit('limit', 'red'),
        ],
      }, {
        h: 8,
        panels: [
          panels.table(
            'Pods',
            'CPU in cores and memory, in the mean and at the most of the time shown. A pod leads to its own dashboard.',
            'short',
            [
              targets.table(its(use.meanCpu(inNamespace))),
              targets.table(its(use.meanMemory(inNamespace))),
              targets.table(its(use.highestMemory(inNamespace))),
              targets.table(its(use.limits('memory', inNamespace))),
            ],
            [
              ['namespace', 'namespace'],
              ['pod', 'pod'],
              ['Value #A', 'CPU'],
              ['Value #B', 'memory'],
              ['Value #C', 'memory at the most'],
              ['Value #D', 'memory limit'],
            ]
          )
          + panels.column('pod', link.columnTo('This pod', 'kubevigil-pod', { namespace: 'namespace', pod: 'pod' }))
          + panels.column('CPU', { decimals: 4 })
          + panels.column('memory', { unit: 'bytes' })
          + panels.column('memory at the most', { unit: 'bytes' })
          + panels.column('memory limit', { unit: 'bytes' }),
        ],
      }],
    },
    {
      title: 'Storage',
      lines: [{
        h: 8,
        panels: [
          panels.timeseries(
            'Claims, how full',
            'Of each PersistentVolumeClaim that its pods mount.',
            'percentunit',
            [targets.range(
              '%s\n/ %s\nand on (namespace, persistentvolumeclaim) %s' % [volume('used_bytes'), volume('capacity_bytes'), claims],
              '{{persistentvolumeclaim}}'
            )]
          ) + panels.min(0) + panels.max(1),
          panels.table(
            'Claims',
            'What is used, and what is left.',
            'bytes',
            [
              targets.table('%s\nand on (namespace, persistentvolumeclaim) %s' % [volume(name), claims])
              for name in ['used_bytes', 'available_bytes', 'capacity_bytes']
            ],
            [
              ['persistentvolumeclaim', 'claim'],
              ['Value #A', 'used'],
              ['Value #B', 'left'],
              ['Value #C', 'size'],
            ]
          ) + panels.column('claim', { unit: 'string' }),
        ],
      }],
    },
    sources(config, ['statefulsets', 'pods', 'podCpu', 'podMemory', 'requests', 'limits', 'volumes', 'rules']),
  ],
}
