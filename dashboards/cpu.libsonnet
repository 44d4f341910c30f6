// Which pods use the most CPU, and which the least?
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';
local usage = import 'queries/usage.libsonnet';

function(config) {
  local use = usage(config),
  local link = links(config),
  local of = 'namespace=~"$namespace"',
  local pod = '{{namespace}} {{pod}}',

  uid: 'kubevigil-cpu',
  title: 'CPU of pods',
  question: 'Which pods use the most CPU, and which the least?',
  variables: [variables.namespaces, variables.choice('most', 'How many', ['10', '5', '20', '50'])],
  from: 'now-1h',
  rows: [
    {
      title: 'In the mean of the time shown',
      lines: [{
        h: 11,
        panels: [
          panels.bargauge(
            'The most CPU',
            'In cores, in the mean of the time shown: who was there for half of it counts half.',
            'short',
            [targets.instant('sort_desc(topk($most, %s))' % use.meanCpu(of), pod)]
          ) + panels.decimals(4),
          panels.bargauge(
            'The least CPU',
            'In cores, in the mean of the time shown, of pods that are still there at its end. A pod that came later counts less.',
            'short',
            [targets.instant('sort(bottomk($most,\n%s\nand %s))' % [use.meanCpu(of), use.cpu(of)], pod)]
          ) + panels.decimals(6),
        ],
      }, {
        h: 11,
        panels: [
          panels.table(
            'Every pod',
            'CPU in cores and its share of what was requested, in the mean of the time shown. Far below 100 %: it asks for too much. A pod leads to its own dashboard.',
            'short',
            [
              targets.table(use.meanCpu(of)),
              targets.table(use.requests('cpu', of)),
              targets.table('%s\n/ %s' % [use.meanCpu(of), use.requests('cpu', of)]),
              targets.table(use.limits('cpu', of)),
            ],
            [
              ['namespace', 'namespace'],
              ['pod', 'pod'],
              ['Value #A', 'CPU'],
              ['Value #B', 'requested'],
              ['Value #C', 'of what was requested'],
              ['Value #D', 'limit'],
            ]
          )
          + panels.column('pod', { 'custom.width': 260 } + link.columnTo('This pod', 'kubevigil-pod', { namespace: 'namespace', pod: 'pod' }))
          + panels.column('CPU', { decimals: 4 })
          + panels.column('of what was requested', { unit: 'percentunit', decimals: 0 })
          + panels.sorted('CPU'),
        ],
      }],
    },
    {
      title: 'Over time',
      lines: [{
        h: 9,
        panels: [
          panels.timeseries(
            'The most CPU over time',
            'Those that used the most in the mean of the time shown, in cores.',
            'short',
            [targets.range('%s\nand topk($most, %s)' % [use.cpu(of), use.meanCpuOfAll(of)], pod)]
          ) + panels.min(0),
          panels.timeseries(
            'CPU by namespace',
            'All its pods, in cores.',
            'short',
            [targets.range('sum by (namespace) (%s)' % use.cpu(of), '{{namespace}}')]
          ) + panels.min(0) + panels.stacked,
        ],
      }],
    },
    sources(config, ['podCpu', 'containerCpu', 'requests', 'limits']),
  ],
}
