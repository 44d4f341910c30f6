// Which alerts fire, which of them matter, and since when?
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';

function(config) {
  local link = links(config),
  // Not those that fire on purpose, nor those that only mute others.
  local of = 'alertname!~"Watchdog|InfoInhibitor",severity!="none",namespace=~"$namespace",severity=~"$severity"',
  local firing = 'ALERTS{alertstate="firing",%s}' % of,
  local ofSeverity(name) = 'ALERTS{alertstate="firing",severity="%s",%s}' % [name, of],
  local what = 'severity, alertname, namespace, workload_kind, workload, pod, container, healthcheck',
  local severity(name) = targets.instant('count(%s) or 0 * count(ALERTS)' % ofSeverity(name)),
  local colours = { critical: 'red', warning: 'orange', info: 'blue' },
  local runbook =
    if config.runbookUrl == '' then {}
    else { links: [link.to('Runbook', std.rstripChars(config.runbookUrl, '/') + '/${__value.raw}.md', away=true)] },

  uid: 'kubevigil-alerts',
  title: 'Alerts',
  question: 'Which alerts fire, which of them matter, and since when?',
  variables: [
    variables.any('namespace', 'Namespace', 'ALERTS'),
    variables.any('severity', 'Severity', 'ALERTS{severity!="none"}'),
  ],
  rows: [
    {
      title: 'Now',
      lines: [{
        h: 4,
        panels: [
          panels.stat('Critical', 'Somebody should look at once.', 'short', [severity('critical')]) + panels.bad,
          panels.stat('Warning', 'Somebody should look today.', 'short', [severity('warning')]) + panels.thresholds([[null, 'green'], [1, 'orange']]),
          panels.stat('Info', 'Only of use beside another alert.', 'short', [severity('info')]) + panels.thresholds([[null, 'green'], [1, 'blue']]),
          panels.stat(
            'Firing in all',
            'What Alertmanager has too, unless somebody silenced or muted it there. Without Watchdog, InfoInhibitor and others that fire on purpose.',
            'short',
            [targets.instant('count(%s) or 0 * count(ALERTS)' % firing)]
          ) + panels.thresholds([[null, 'text']]),
          panels.stat(
            'Waiting',
            'Their condition holds, and not yet for long enough to fire.',
            'short',
            [targets.instant('count(ALERTS{alertstate="pending",%s}) or 0 * count(ALERTS)' % of)]
          ) + panels.thresholds([[null, 'text']]),
        ],
      }, {
        h: 11,
        panels: [
          panels.table(
            'Firing',
            'Each with what it is about, the critical ones first. Since: when its condition began to hold.',
            'none',
            [targets.table(
              'sort(max by (%s) (ALERTS_FOR_STATE{%s} and ignoring (alertstate) %s)) * 1000' % [what, of, firing]
            )],
            [
              ['severity', 'severity'],
              ['alertname', 'alert'],
              ['namespace', 'namespace'],
              ['workload_kind', 'kind'],
              ['workload', 'workload'],
              ['pod', 'pod'],
              ['container', 'container'],
              ['healthcheck', 'health check'],
              ['Value', 'since'],
            ]
          )
          + panels.column('since', { unit: 'dateTimeFromNow', 'custom.width': 130 })
          + panels.colored('severity', colours)
          + panels.sorted('severity', desc=false)
          + panels.column('severity', { 'custom.width': 90 })
          + panels.column('kind', { 'custom.width': 110 })
          + panels.column('workload', link.columnTo('What crashes', 'kubevigil-crashes', { namespace: 'namespace', workload: 'workload' }))
          + panels.column('pod', link.columnTo('What happened to this pod', 'kubevigil-pod', { namespace: 'namespace', pod: 'pod' }))
          + panels.column('health check', link.columnTo('This check', 'kubevigil-health-checks', { namespace: 'namespace', healthcheck: 'health check' }))
          + panels.column('alert', { 'custom.width': 320 } + runbook)
          + panels.noRow('No alert fires'),
        ],
      }],
    },
    {
      title: 'In the time shown',
      lines: [{
        h: 9,
        panels: [
          panels.timeline(
            'When they fired',
            'A strip for each alert and what it is about; the 30 that fired longest.',
            [targets.range(
              'max by (%(strip)s) (3 * %(critical)s or 2 * %(warning)s or 1 * %(firing)s)\nand topk(30, sum by (%(strip)s) (count_over_time(%(firing)s[$__range] @ end())))'
              % {
                strip: 'alertname, namespace, workload, container, healthcheck',
                critical: ofSeverity('critical'),
                warning: ofSeverity('warning'),
                firing: firing,
              },
              '{{alertname}} {{namespace}} {{workload}} {{container}} {{healthcheck}}'
            )],
            { '1': ['other', 'blue'], '2': ['warning', 'orange'], '3': ['critical', 'red'] }
          ),
        ],
      }, {
        h: 8,
        panels: [
          panels.timeseries(
            'Firing by severity',
            'How many at a time.',
            'short',
            [targets.range('count by (severity) (%s)' % firing, '{{severity}}')]
          ) + panels.min(0) + panels.decimals(0) + panels.stacked + panels.seriesColours(colours),
          panels.timeseries(
            'Messages that did not arrive',
            'Which Alertmanager could not send, by second and by what it sends with, of what it used in the time shown. Above 0: what you do not hear does not mean that all is well.',
            'cps',
            [targets.range(
              'sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval]))\nand sum by (integration) (increase(alertmanager_notifications_total[$__range])) > 0',
              '{{integration}}'
            )]
          ) + panels.min(0) + panels.nothing('None was sent'),
        ],
      }],
    },
    sources(config, ['alerts', 'alertmanager']),
  ],
}
