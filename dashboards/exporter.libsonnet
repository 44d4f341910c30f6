// Does the exporter see everything, and does what it captures arrive?
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';

function(config) {
  local selector = config.exporterSelector,
  local of(name, more='') = '%s{%s%s}' % [name, more, selector],
  local sidecar(name, more='') = '%s{%s%s}' % [name, more, config.dashboards.sidecarSelector],
  // Of many labels that are there at 0 only those at which something happened.
  local perStep(name, by, selected=of) = 'sum by (%s) (increase(%s[$__interval])) > 0' % [by, selected(name)],
  local inRange(name) = 'sum(increase(%s[$__range])) or 0 * max(%s)' % [of(name), of('kubevigil_build_info')],
  local p99(name) = 'histogram_quantile(0.99, sum by (le) (rate(%s[$__rate_interval])))' % of(name + '_bucket'),
  local p50(name) = 'histogram_quantile(0.5, sum by (le) (rate(%s[$__rate_interval])))' % of(name + '_bucket'),

  uid: 'kubevigil-exporter',
  title: 'Exporter',
  question: 'Does the exporter see everything, and does what it captures arrive?',
  variables: [],
  rows: [
    {
      title: 'Now',
      lines: [{
        h: 4,
        panels: [
          panels.stat('Up', 'Whether Prometheus reaches it.', 'none', [targets.instant('max(%s)' % of('up'))])
          + panels.mappings({ '0': ['no', 'red'], '1': ['yes', 'green'] }) + panels.width(3),
          panels.name('Version', 'What runs.', [targets.instant('group by (version) (%s)' % of('kubevigil_build_info'), '{{version}}')]) + panels.width(3),
          panels.stat(
            'Sees everything',
            'Whether all that it watches was listed completely.',
            'none',
            [targets.instant('min by (resource) (%s)' % of('kubevigil_synced'), '{{resource}}')]
          ) + panels.mappings({ '0': ['no', 'red'], '1': ['yes', 'green'] }) + panels.width(6),
          panels.stat(
            'Heard of the cluster',
            'How long ago. The API server says something about once a minute, even if nothing happens.',
            's',
            [targets.instant(
              'time() - min by (resource) (%s)' % of('kubevigil_watch_last_activity_timestamp_seconds'), '{{resource}}'
            )]
          ) + panels.decimals(0) + panels.thresholds([[null, 'green'], [120, 'yellow'], [300, 'red']]) + panels.width(6),
          panels.stat(
            'Store errors',
            'Operations of the store that failed, in the time shown.',
            'short',
            [targets.instant(inRange('kubevigil_store_errors_total'))]
          ) + panels.decimals(0) + panels.bad,
          panels.stat(
            'Not written yet',
            'Observations that wait for the store.',
            'short',
            [targets.instant('max(%s)' % of('kubevigil_journal_backlog'))]
          ) + panels.thresholds([[null, 'green'], [1000, 'yellow']]),
        ],
      }],
    },
    {
      title: 'Watching',
      lines: [{
        h: 7,
        panels: [
          panels.timeseries(
            'Observations',
            'What the watches passed on and what is in the store, by second. The lines go apart while the store cannot be written.',
            'cps',
            [
              targets.range('sum(rate(%s[$__rate_interval]))' % of('kubevigil_observations_total'), 'seen'),
              targets.range('sum(rate(%s[$__rate_interval]))' % of('kubevigil_observations_settled_total'), 'in the store'),
            ]
          ) + panels.min(0),
          panels.bars(
            'Watches opened again',
            'In each step, by cause. Some are normal: the API server ends every watch after a while.',
            'short',
            [targets.range(perStep('kubevigil_watch_reconnects_total', 'resource, cause'), '{{resource}} {{cause}}')]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('None'),
          panels.bars(
            'Objects that could not be read',
            'In each step. They were left out.',
            'short',
            [targets.range(perStep('kubevigil_objects_skipped_total', 'resource, reason'), '{{resource}} {{reason}}')]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('None'),
        ],
      }],
    },
    {
      title: 'Crash logs',
      lines: [{
        h: 8,
        panels: [
          panels.bars(
            'Captured',
            'Crashes in each step, by what came of their log. forbidden: the right to read logs is missing. gone, superseded: Kubernetes had thrown it away.',
            'short',
            [targets.range(perStep('kubevigil_crash_logs_captured_total', 'result'), '{{result}}')]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('No container crashed') + panels.seriesColours({ ok: 'green', empty: 'blue', forbidden: 'red' }),
          panels.timeseries(
            'From the crash to its log',
            'Half of them, and 99 of 100, were faster.',
            's',
            [
              targets.range(p50('kubevigil_crash_log_capture_seconds'), 'half'),
              targets.range(p99('kubevigil_crash_log_capture_seconds'), '99 of 100'),
            ]
          ) + panels.min(0) + panels.nothing('No container crashed'),
          panels.bars(
            'Secrets taken out',
            'In each step, by what found them.',
            'short',
            [targets.range(perStep('kubevigil_redactions_total', 'detector'), '{{detector}}')]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('None'),
        ],
      }, {
        h: 8,
        panels: [
          panels.timeseries(
            'Waiting to be sent',
            'Crashes, and those that were refused for good (kubevigil outbox replay sends them again).',
            'short',
            [
              targets.range('max by (sink) (%s)' % of('kubevigil_outbox_records'), '{{sink}}'),
              targets.range('max by (sink) (%s)' % of('kubevigil_outbox_dead_letters'), '{{sink}} refused'),
            ]
          ) + panels.min(0) + panels.decimals(0) + panels.nothing('Not sent anywhere'),
          panels.timeseries(
            'For how long the oldest waits',
            'Since it could have been sent.',
            's',
            [targets.range('max by (sink) (%s)' % of('kubevigil_outbox_oldest_seconds'), '{{sink}}')]
          ) + panels.min(0) + panels.nothing('Not sent anywhere'),
          panels.bars(
            'Sent',
            'Documents in each step, by what came of them. duplicate: it was there already, which is fine.',
            'short',
            [targets.range(perStep('kubevigil_sink_records_total', 'sink, result', sidecar), '{{sink}} {{result}}')]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('Not sent anywhere'),
        ],
      }],
    },
    {
      title: 'What it costs',
      lines: [{
        h: 7,
        panels: [
          panels.timeseries(
            'CPU it uses',
            'In cores; the log sidecar beside it.',
            'short',
            [
              targets.range('sum(rate(%s[$__rate_interval]))' % of('process_cpu_seconds_total'), 'exporter'),
              targets.range('sum(rate(%s[$__rate_interval]))' % sidecar('process_cpu_seconds_total'), 'log sidecar'),
            ]
          ) + panels.min(0),
          panels.timeseries(
            'Memory it uses',
            'Resident.',
            'bytes',
            [
              targets.range('max(%s)' % of('process_resident_memory_bytes'), 'exporter'),
              targets.range('max(%s)' % sidecar('process_resident_memory_bytes'), 'log sidecar'),
            ]
          ) + panels.min(0),
          panels.timeseries(
            'Its store',
            'Bytes on disk.',
            'bytes',
            [targets.range('max(%s)' % of('kubevigil_store_bytes'), 'store')]
          ) + panels.min(0),
        ],
      }, {
        h: 7,
        panels: [
          panels.timeseries(
            'Samples a scrape',
            'What Prometheus stores each time.',
            'short',
            [targets.range('max(%s)' % of('scrape_samples_scraped'), 'samples')]
          ) + panels.min(0),
          panels.timeseries(
            'How long a scrape takes',
            'As Prometheus sees it.',
            's',
            [targets.range('max(%s)' % of('scrape_duration_seconds'), 'scrape')]
          ) + panels.min(0),
          panels.bars(
            'Threads started again, requests that failed',
            'In each step. Neither should happen; both are in its log.',
            'short',
            [
              targets.range(perStep('kubevigil_thread_restarts_total', 'thread'), 'thread {{thread}}'),
              targets.range('sum(increase(%s[$__interval])) > 0' % of('kubevigil_http_errors_total'), 'requests'),
            ]
          ) + panels.decimals(0) + panels.step('5m') + panels.nothing('None'),
        ],
      }],
    },
    sources(config, ['exporter', 'outbox', 'sidecar']),
  ],
}
