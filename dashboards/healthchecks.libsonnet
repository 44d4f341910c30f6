// Are the health checks well, and do they run?
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';

function(config) {
  local link = links(config),
  local chosen = 'namespace=~"$namespace",healthcheck=~"$healthcheck"',
  local check = '{{namespace}} {{healthcheck}}',
  local family(name, more='') = 'kubevigil_healthcheck_%s{%s%s,%s}' % [name, more, chosen, config.exporterSelector],
  local latest(name, more='') = 'max by (namespace, healthcheck) (%s)' % family(name, more),
  // Nothing where no check is, 0 where some are.
  local count(condition) = 'count(%s) or 0 * count(%s)' % [condition, family('paused')],
  local grown(name, more, by) = 'sum by (%s) (increase(%s[$__range]))' % [by, family(name, more)],
  local runs(more='') = grown('runs_total', more, 'namespace, healthcheck'),
  local objective = config.alerts.KubevigilHealthCheckErrorBudgetBurnFast,
  local colours = panels.seriesColours({
    success: 'green',
    failed: 'red',
    'error': 'dark-red',
    timeout: 'orange',
    refused: 'purple',
    argo_unavailable: 'yellow',
    deleted: 'blue',
    unknown: 'text',
  }),
  local wanted = if objective == null then 0.99 else objective.objective,
  local toCheck = panels.column(
    'check', link.columnTo('This check alone', 'kubevigil-health-checks', { namespace: 'namespace', healthcheck: 'check' })
  ),

  uid: 'kubevigil-health-checks',
  title: 'Health checks',
  question: 'Are the health checks well, and do they run?',
  variables: [
    variables.any('namespace', 'Namespace', 'kubevigil_healthcheck_paused'),
    variables.any('healthcheck', 'Health check', 'kubevigil_healthcheck_paused{namespace=~"$namespace"}'),
  ],
  rows: [
    {
      title: 'Now',
      lines: [{
        h: 4,
        panels: [
          panels.stat(
            'Failing',
            'Checks whose latest run failed, or which cannot work.',
            'short',
            [targets.instant(count(latest('up') + ' == 0'))]
          ) + panels.bad,
          panels.stat(
            'Well',
            'Checks whose latest run succeeded.',
            'short',
            [targets.instant(count(latest('up') + ' == 1'))]
          ),
          panels.stat(
            'Overdue',
            'Checks whose next run should have begun more than two of their intervals ago: nobody checks.',
            'short',
            [targets.instant(count(
              'time() - (%s > 0) > 2 * %s' % [latest('next_run_timestamp_seconds'), latest('interval_seconds')]
            ))]
          ) + panels.bad,
          panels.stat(
            'Paused',
            'Checks that somebody paused, or which have no schedule.',
            'short',
            [targets.instant(count(latest('paused') + ' == 1'))]
          ) + panels.thresholds([[null, 'green'], [1, 'yellow']]),
          panels.stat(
            'Remedies exhausted',
            'Checks that fail although their remedy ran as often as it may: somebody has to look.',
            'short',
            [targets.instant(count(latest('remedy_exhausted') + ' == 1'))]
          ) + panels.bad,
          panels.stat(
            'Runs that succeeded',
            'Of all that ended in the time shown.',
            'percentunit',
            [targets.instant(
              'sum(increase(%s[$__range])) / (sum(increase(%s[$__range])) > 0)'
              % [family('runs_total', 'result="success",'), family('runs_total')]
            )]
          )
          + panels.decimals(2)
          + panels.thresholds([[null, 'red'], [wanted, 'green']])
          + panels.nothing('no run ended'),
        ],
      }, {
        h: 10,
        panels: [
          panels.table(
            'Every check',
            'A check leads to itself alone. When the latest success was, when the next run is due, how many runs of the time shown failed, and how long they took in the mean.',
            'none',
            [
              targets.table(latest('up')),
              targets.table(latest('last_success_timestamp_seconds') + ' * 1000 > 0'),
              targets.table(latest('next_run_timestamp_seconds') + ' * 1000 > 0'),
              targets.table(runs()),
              targets.table(runs('result!="success",')),
              targets.table(
                '%s\n/ (%s > 0)' % [
                  grown('duration_seconds_sum', '', 'namespace, healthcheck'),
                  grown('duration_seconds_count', '', 'namespace, healthcheck'),
                ]
              ),
              targets.table(latest('paused') + ' == 1'),
            ],
            [
              ['namespace', 'namespace'],
              ['healthcheck', 'check'],
              ['Value #A', 'latest run'],
              ['Value #B', 'latest success'],
              ['Value #C', 'next run'],
              ['Value #D', 'runs'],
              ['Value #E', 'failed'],
              ['Value #F', 'mean duration'],
              ['Value #G', 'paused'],
            ]
          )
          + toCheck
          + panels.worded('latest run', { '0': ['failed', 'red'], '1': ['succeeded', 'green'] })
          + panels.column('latest success', { unit: 'dateTimeFromNow' })
          + panels.column('next run', { unit: 'dateTimeFromNow' })
          + panels.column('runs', { unit: 'short', decimals: 0, 'custom.width': 80 })
          + panels.column('failed', { unit: 'short', decimals: 0, 'custom.width': 80 })
          + panels.column('mean duration', { unit: 's', decimals: 1 })
          + panels.worded('paused', { '1': ['yes', 'yellow'] }, 80),
        ],
      }],
    },
    {
      title: 'Over time',
      lines: [{
        h: 9,
        panels: [
          panels.timeline(
            'Results',
            'What the latest run of each check said.',
            [targets.range(latest('up'), check)],
            { '0': ['failed', 'red'], '1': ['succeeded', 'green'] }
          ),
        ],
      }, {
        h: 8,
        panels: [
          panels.timeseries(
            'How long runs take',
            'By the times of the workflows, in the mean.',
            's',
            [targets.range(
              'sum by (namespace, healthcheck) (rate(%s[$__rate_interval]))\n/ (sum by (namespace, healthcheck) (rate(%s[$__rate_interval])) > 0)'
              % [family('duration_seconds_sum'), family('duration_seconds_count')],
              check
            )]
          ) + panels.min(0) + { fieldConfig+: { defaults+: { custom+: { showPoints: 'always', spanNulls: true } } } },
          panels.bars(
            'Runs by result',
            'Those that ended in each step.',
            'short',
            [targets.range('sum by (result) (increase(%s[$__interval])) > 0' % family('runs_total'), '{{result}}')]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('No run ended') + colours,
        ],
      }],
    },
    {
      title: 'Error budget',
      lines: [{
        h: 8,
        panels: [
          panels.bargauge(
            'Error budget used',
            'Of the %g %% of runs that may fail (objective %g), in the time shown: at 100 %% it is used up. For an honest figure show some days.'
            % [100 * (1 - wanted), wanted],
            'percentunit',
            [targets.instant(
              'sort_desc((%s) / (%s > 0) / %g)' % [runs('result!="success",'), runs(), 1 - wanted], check
            )]
          ) + panels.max(1) + panels.hot,
        ],
      }],
    },
    {
      title: 'Remedies',
      lines: [{
        h: 7,
        panels: [
          panels.table(
            'Checks with a remedy',
            'How many ended in the time shown, how many of these did not succeed, and whether the check still fails while no further remedy is run: its limit is reached, or the last one failed.',
            'short',
            [
              targets.table(latest('remedy_exhausted')),
              targets.table(grown('remedy_runs_total', '', 'namespace, healthcheck')),
              targets.table(grown('remedy_runs_total', 'result!="success",', 'namespace, healthcheck')),
            ],
            [
              ['namespace', 'namespace'],
              ['healthcheck', 'check'],
              ['Value #B', 'ended'],
              ['Value #C', 'not succeeded'],
              ['Value #A', 'exhausted'],
            ]
          )
          + panels.noRow('No check has a remedy')
          + toCheck
          + panels.column('ended', { decimals: 0, 'custom.width': 80 })
          + panels.column('not succeeded', { decimals: 0, 'custom.width': 120 })
          + panels.worded('exhausted', { '0': ['no', 'green'], '1': ['yes', 'red'] }, 110),
          panels.bars(
            'Remedies by result',
            'Those that ended in each step.',
            'short',
            [targets.range('sum by (result) (increase(%s[$__interval])) > 0' % family('remedy_runs_total'), '{{result}}')]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('No remedy ran') + colours,
        ],
      }],
    },
    {
      title: 'Workflows',
      lines: [{
        h: 8,
        panels: [
          panels.bars(
            'Pods of workflows',
            'By phase, in the namespaces chosen: pods that Argo made for any workflow, checks and others.',
            'short',
            [targets.range(
              'sum by (phase) (max by (namespace, pod, phase) (kube_pod_status_phase{namespace=~"$namespace",%(sel)s})\n* on (namespace, pod) group_left () group by (namespace, pod) (kube_pod_owner{owner_kind="Workflow",%(sel)s})) > 0'
              % { sel: config.kubeStateMetricsSelector },
              '{{phase}}'
            )]
          )
          + panels.decimals(0)
          + panels.nothing('No pod of a workflow')
          + panels.seriesColours({ Pending: 'yellow', Running: 'blue', Succeeded: 'green', Failed: 'red' }),
        ],
      }],
    },
    sources(config, ['checks', 'checkRules', 'remedies', 'phases']),
  ],
}
