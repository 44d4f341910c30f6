// What happened to this pod?
local series = import '../rules/lib/series.libsonnet';
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
  local of = 'namespace="$namespace",pod="$pod"',
  local stateMetrics(name, more='') = '%s{%s,%s%s}' % [name, of, more, config.kubeStateMetricsSelector],
  local exporters(name) = '%s{%s,%s}' % [name, of, config.exporterSelector],
  local ended = 'max by (container, container_type) (%s)' % exporters('kubevigil_container_last_termination_timestamp_seconds'),

  uid: 'kubevigil-pod',
  title: 'Pod',
  question: 'What happened to this pod?',
  variables: [variables.namespace, variables.pod],
  links: link.logs,
  annotations: [{
    name: 'Ends',
    expr: ended + ' * 1000',
    useValueForTime: true,
    titleFormat: '{{container}} ended',
  }],
  rows: [
    {
      title: 'Now',
      lines: [{
        h: 4,
        panels: [
          panels.name(
            'Phase',
            'What Kubernetes says of the pod as a whole. Running says little: a pod in a crash loop is Running.',
            [targets.instant('group by (phase) (%s == 1)' % stateMetrics('kube_pod_status_phase'), '{{phase}}')]
          ),
          panels.stat(
            'Ready',
            'Whether Services send it traffic.',
            'none',
            [targets.instant('max(%s)' % stateMetrics('kube_pod_status_ready', 'condition="true",'))]
          ) + panels.mappings({ '0': ['no', 'red'], '1': ['yes', 'green'] }),
          panels.stat(
            'Restarts',
            'Of all its containers, in the time shown.',
            'short',
            [targets.instant(containers.restartsInAll(of))]
          ) + panels.decimals(0) + panels.bad,
          panels.stat(
            'Age',
            'Since the pod was created.',
            's',
            [targets.instant('time() - max(%s)' % stateMetrics('kube_pod_created'))]
          ) + panels.decimals(1),
          panels.name(
            'Node',
            'Where it runs.',
            [targets.instant(
              'group by (node) (%s or %s)' % [stateMetrics('kube_pod_info', 'node!="",'), exporters('kubevigil_pod_info')],
              '{{node}}'
            )]
          ),
          panels.name(
            'Workload',
            'What made it. Only of pods that crashed or restarted.',
            [targets.instant('group by (workload_kind, workload) (%s{%s})' % [series.workload, of], '{{workload_kind}} {{workload}}')]
          ) + panels.nothing('nothing happened to it'),
        ],
      }],
    },
    {
      title: 'Crashes',
      lines: [{
        h: 8,
        panels: [
          panels.timeline(
            'Containers over time',
            'A strip for each container, those that initialise the pod too. The red lines are ends.',
            [targets.range(containers.state(of, config.kubeStateMetricsSelector), '{{container}}')],
            containers.stateNames
          ),
        ],
      }, {
        h: 7,
        panels: [
          panels.table(
            'How each container ended last',
            'With its restarts in the time shown; without those that completed as wanted. What it said before is in the crash log: kubevigil crashes show, or the link at the top.',
            'none',
            [
              targets.table('group by (container, container_type, reason, exit_code, class) (%s{%s})' % [series.lastTermination, of]),
              targets.table(ended + ' * 1000'),
              targets.table(containers.restarts(of, 'container, container_type')),
            ],
            [
              ['container', 'container'],
              ['container_type', 'type'],
              ['reason', 'reason'],
              ['exit_code', 'exit code'],
              ['class', 'class'],
              ['Value #B', 'ended'],
              ['Value #C', 'restarts'],
            ]
          )
          + panels.column('ended', { unit: 'dateTimeAsIso' })
          + panels.column('restarts', { unit: 'short', decimals: 0 })
          + panels.noRow('None ended, but as wanted'),
        ],
      }],
    },
    {
      title: 'What it uses',
      lines: [{
        h: 8,
        panels: [
          panels.timeseries(
            'CPU',
            'By container; the whole pod where the container runtime tells no more. Dashed: what the whole pod requests, and its limit.',
            'short',
            [
              targets.range(use.cpuOfContainers(of), '{{container}}'),
              targets.range(use.requests('cpu', of), 'request'),
              targets.range(use.limits('cpu', of), 'limit'),
            ]
          ) + panels.min(0) + panels.limit('request', 'yellow') + panels.limit('limit', 'red'),
          panels.timeseries(
            'Memory',
            'The working set, by container: what the kernel compares with the limit. Dashed: what the whole pod requests, and its limit.',
            'bytes',
            [
              targets.range(use.memoryOfContainers(of), '{{container}}'),
              targets.range(use.requests('memory', of), 'request'),
              targets.range(use.limits('memory', of), 'limit'),
            ]
          ) + panels.min(0) + panels.limit('request', 'yellow') + panels.limit('limit', 'red'),
        ],
      }, {
        h: 7,
        panels: [
          panels.timeseries(
            'Held back by the CPU limit',
            'The share of periods in which a container wanted more CPU than its limit gives. A start that is held back may miss its probe.',
            'percentunit',
            [targets.range(use.throttled(of), '{{container}}')]
          ) + panels.min(0) + panels.max(1) + panels.nothing('Never held back, or no CPU limit'),
          panels.timeseries(
            'Network',
            'Received and sent. Nothing for pods that use the network of their node.',
            'binBps',
            [
              targets.range(use.network('receive_bytes', of), 'received'),
              targets.range(use.network('transmit_bytes', of), 'sent'),
            ]
          ) + panels.min(0),
        ],
      }],
    },
    sources(config, ['rules', 'ends', 'pods', 'phases', 'limits', 'containerCpu', 'podCpu', 'podMemory', 'podNetwork']),
  ],
}
