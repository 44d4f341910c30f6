// What do the metrics of my own say: those that health checks put out, and those of an app?
local grew = import '../rules/lib/grew.libsonnet';
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';

function(config) {
  local link = links(config),
  local family(name) = 'kubevigil_healthcheck_%s{healthcheck=~"$healthcheck",%s}' % [name, config.exporterSelector],
  local each(series) = 'max by (namespace, healthcheck) (%s)' % series,
  // What checks tell carries this label and the names of its author's choice; these five are there of every check.
  local own = 'max by (__name__, namespace, healthcheck_name) ({healthcheck_name!="",healthcheck_name=~"$healthcheck",__name__!~"healthcheck_(success_count|error_count|runtime_seconds|starttime|finishedtime)",le="",%s})' % config.exporterSelector,
  local alert = config.alerts.KubevigilHealthCheckMetricsRefused,
  local minutes = if alert == null then 60 else alert.windowMinutes,
  local app = 'job="$job",__name__=~"$metric"',

  uid: 'kubevigil-custom-metrics',
  title: 'Custom metrics',
  question: 'What do the metrics of my own say?',
  variables: [
    variables.any('healthcheck', 'Health check', 'kubevigil_healthcheck_custom_metrics'),
    variables.one('job', 'App (job)', 'up'),
    variables.one('metric', 'Metric', '{job="$job",__name__!~"up|scrape_.*|go_.*|process_.*"}', '__name__'),
  ],
  rows: [
    {
      title: 'Told by health checks',
      lines: [{
        h: 7,
        panels: [
          panels.table(
            'Checks that tell metrics',
            'How many of its metrics are shown, and how many faults were refused since the exporter started; an Event MetricsRefused of the check says which. A check leads to its runs.',
            'short',
            [
              targets.table(each(family('custom_metrics'))),
              targets.table(each(family('custom_metrics_refused_total'))),
            ],
            [['namespace', 'namespace'], ['healthcheck', 'check'], ['Value #A', 'shown'], ['Value #B', 'refused']]
          )
          + panels.noRow('No check tells metrics')
          + panels.column('check', link.columnTo(
            'Its runs', 'kubevigil-health-checks', { namespace: 'namespace', healthcheck: 'check' }
          ))
          + panels.column('shown', { 'custom.width': 90 })
          + panels.badColumn('refused', 90),
          panels.timeseries(
            'Refused',
            'Faults within the %d minutes before, as the alert KubevigilHealthCheckMetricsRefused counts them.' % minutes,
            'short',
            [targets.range(
              'sum by (namespace, healthcheck) (\n%s) > 0'
              % grew.exporter(family('custom_metrics_refused_total'), minutes, config.exporterSelector),
              '{{namespace}} {{healthcheck}}'
            )]
          ) + panels.min(0) + panels.decimals(0) + panels.nothing('Nothing was refused'),
        ],
      }, {
        h: 8,
        panels: [
          panels.table(
            'Latest values',
            'What the latest runs of the checks told; of a counter and a histogram (_sum, _count) what they have come to.',
            'short',
            [targets.table(own)],
            [['namespace', 'namespace'], ['healthcheck_name', 'check'], ['__name__', 'metric'], ['Value', 'value']]
          )
          + panels.noRow('No check tells metrics')
          + panels.column('namespace', { 'custom.width': 100 })
          + panels.column('check', { 'custom.width': 100 })
          + panels.column('value', { 'custom.width': 90 }),
          panels.timeseries(
            'Values over time',
            'Each stays as the latest run told it.',
            'short',
            [targets.range(own, '{{namespace}} {{healthcheck_name}} {{__name__}}')]
          ) + panels.nothing('No check tells metrics'),
        ],
      }],
    },
    {
      title: 'Of an app that Prometheus scrapes',
      lines: [{
        h: 8,
        panels: [
          panels.timeseries(
            'The metric as it is',
            'For gauges: each series of the metric chosen at the top.',
            'short',
            [targets.range('{%s}' % app, '__auto')]
          ),
          panels.timeseries(
            'By second',
            'For counters: how fast it grows.',
            'cps',
            [targets.range('rate({%s}[$__rate_interval])' % app, '__auto')]
          ) + panels.min(0),
        ],
      }, {
        h: 6,
        panels: [
          panels.timeseries(
            'Is it scraped?',
            '1 while Prometheus reaches the app.',
            'none',
            [targets.range('min by (namespace, pod, instance) (up{job="$job"})', '{{namespace}} {{pod}} {{instance}}')]
          ) + panels.min(0) + panels.max(1),
          panels.timeseries(
            'Series a scrape',
            'How many samples each target gives. What grows and grows has a label with ever new values.',
            'short',
            [targets.range(
              'max by (namespace, pod, instance) (scrape_samples_scraped{job="$job"})',
              '{{namespace}} {{pod}} {{instance}}'
            )]
          ) + panels.min(0),
        ],
      }],
    },
    sources(config, ['custom']),
  ],
}
