// What alerts read of health checks: by check, without the exporter's own labels, held over a restart of the exporter.
// A paused check has none of these series.
function(config) {
  local selector = config.exporterSelector,
  local hold = '%dm' % config.stateMinutes,

  local latest(name) =
    'max by (namespace, healthcheck) (last_over_time(kubevigil_healthcheck_%s{%s}[%s]))' % [name, selector, hold],

  // 1 where the latest run succeeded, else 0.
  up:: 'namespace_healthcheck:kubevigil_healthcheck_up:held',
  // Seconds between runs.
  interval:: 'namespace_healthcheck:kubevigil_healthcheck_interval_seconds:held',
  // Seconds since the latest success; absent where there was none. Does not grow while the exporter is away.
  successAge:: 'last_over_time(namespace_healthcheck:kubevigil_healthcheck_success_age_seconds:max[%s])' % hold,
  // Seconds since the next run was due; below 0 while it is not. Does not grow while the exporter is away.
  overdue:: 'last_over_time(namespace_healthcheck:kubevigil_healthcheck_overdue_seconds:max[%s])' % hold,
  // 1 for checks that somebody paused.
  paused:: latest('paused') + ' == 1',

  // Seconds that a run took, in the mean of the first window of _config.healthCheckMinutes that holds four runs.
  duration:: 'namespace_healthcheck:kubevigil_healthcheck_duration_seconds:mean',

  // Runs that failed since the series began, of all checks.
  failures::
    'sum by (namespace, healthcheck) (last_over_time(kubevigil_healthcheck_runs_total{result!="success",%s}[%s]))'
    % [selector, hold],

  local meanDuration(minutes) =
    local grown(part) =
      'sum by (namespace, healthcheck) (increase(kubevigil_healthcheck_duration_seconds_%s{%s}[%dm]))'
      % [part, selector, minutes];
    '%s\n/\n%s' % [grown('sum'), grown('count')],

  // The shortest window first: of several that hold four runs, `or` takes that.
  local durations = [
    '%s\nand %s <= %d' % [meanDuration(minutes), $.interval, minutes * 60 / 4]
    for minutes in std.sort(config.healthCheckMinutes)
  ],

  group:: {
    local recorded(name, expr) = {
      record: 'namespace_healthcheck:kubevigil_healthcheck_' + name,
      expr: '%s\nunless %s' % [expr, $.paused],
    },
    local since(name) =
      'time() - max by (namespace, healthcheck) (kubevigil_healthcheck_%s_timestamp_seconds{%s} > 0)'
      % [name, selector],

    name: 'kubevigil-healthchecks.rules',
    rules: [
      recorded('up:held', latest('up')),
      recorded('interval_seconds:held', latest('interval_seconds')),
      recorded('success_age_seconds:max', since('last_success')),
      recorded('overdue_seconds:max', since('next_run')),
      { record: $.duration, expr: std.join('\nor\n', durations) },
    ],
  },
}
