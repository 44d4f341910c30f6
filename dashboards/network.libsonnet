// How much do pods send and receive, and what gets lost?
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';
local usage = import 'queries/usage.libsonnet';

function(config) {
  local use = usage(config),
  local link = links(config),
  local of = 'namespace=~"$namespace",pod=~"$pod"',
  local most(fact) = targets.instant('sort_desc(topk($most, %s))' % use.meanNetwork(fact, of), '{{namespace}} {{pod}}'),
  local overTime(fact) =
    targets.range('%s\nand topk($most, %s)' % [use.network(fact, of), use.meanNetworkOfAll(fact, of)], '{{namespace}} {{pod}}'),
  local lost(kind) =
    targets.range(
      '%s\n+ %s > 0' % [use.network('receive_%s' % kind, of), use.network('transmit_%s' % kind, of)],
      '{{namespace}} {{pod}}'
    ),

  uid: 'kubevigil-network',
  title: 'Network of pods',
  question: 'How much do pods send and receive, and what gets lost?',
  variables: [
    variables.namespaces,
    variables.any('pod', 'Pod', 'container_network_receive_bytes_total{namespace=~"$namespace",%s}' % config.dashboards.cadvisorSelector),
    variables.choice('most', 'How many', ['10', '5', '20', '50']),
  ],
  from: 'now-1h',
  rows: [
    {
      title: 'In the mean of the time shown',
      lines: [{
        h: 10,
        panels: [
          panels.bargauge('Received the most', 'By second, in the mean of the time shown.', 'binBps', [most('receive_bytes')]),
          panels.bargauge('Sent the most', 'By second, in the mean of the time shown.', 'binBps', [most('transmit_bytes')]),
        ],
      }, {
        h: 9,
        panels: [
          panels.table(
            'Every pod',
            'By second, in the mean of the time shown. Pods that use the network of their node are not here: nobody can tell theirs apart.',
            'binBps',
            [
              targets.table(use.meanNetwork(fact, of))
              for fact in ['receive_bytes', 'transmit_bytes', 'receive_packets_dropped', 'transmit_packets_dropped']
            ],
            [
              ['namespace', 'namespace'],
              ['pod', 'pod'],
              ['Value #A', 'received'],
              ['Value #B', 'sent'],
              ['Value #C', 'dropped on the way in'],
              ['Value #D', 'dropped on the way out'],
            ]
          )
          + panels.column('pod', { 'custom.width': 260 } + link.columnTo('This pod', 'kubevigil-pod', { namespace: 'namespace', pod: 'pod' }))
          + panels.column('dropped on the way in', { unit: 'pps' })
          + panels.column('dropped on the way out', { unit: 'pps' })
          + panels.sorted('received'),
        ],
      }],
    },
    {
      title: 'Over time',
      lines: [{
        h: 10,
        panels: [
          panels.timeseries('Received', 'By second; those that received the most in the mean of the time shown.', 'binBps', [overTime('receive_bytes')]) + panels.min(0),
          panels.timeseries('Sent', 'By second; those that sent the most in the mean of the time shown.', 'binBps', [overTime('transmit_bytes')]) + panels.min(0),
        ],
      }, {
        h: 7,
        panels: [
          panels.timeseries('Packets dropped', 'In both directions, by second.', 'pps', [lost('packets_dropped')]) + panels.min(0) + panels.nothing('None'),
          panels.timeseries('Errors', 'In both directions, by second.', 'pps', [lost('errors')]) + panels.min(0) + panels.nothing('None'),
        ],
      }],
    },
    sources(config, ['podNetwork']),
  ],
}
