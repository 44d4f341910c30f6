// Alerts about health checks: checks that run by a schedule, each with an interval of its own, from seconds to days. So
// no window is fixed: ages are compared with intervals, and windows are taken only where they hold several runs.
local newAlert = import '../lib/alert.libsonnet';
local burn = import '../lib/burn.libsonnet';
local grew = import '../lib/grew.libsonnet';
local newHealth = import '../lib/health.libsonnet';

{
  local alert = newAlert($._config),
  local health = newHealth($._config),

  // What all of these say of the check, and where to look.
  local check = {
    name:: 'the health check {{ $labels.namespace }}/{{ $labels.healthcheck }}',
    Name:: 'T' + std.substr(self.name, 1, std.length(self.name)),
    look:: 'Next: kubectl -n {{ $labels.namespace }} describe healthcheck {{ $labels.healthcheck }}',
    dashboard: '/d/kubevigil-health-checks?var-namespace={{ $labels.namespace }}' +
               '&var-healthcheck={{ $labels.healthcheck }}',
  },

  local failing = alert('KubevigilHealthCheckFailing', function(own) check {
    expr: |||
      (
        %(age)s > %(intervals)g * %(interval)s
        or
        0 * (%(failures)s >= %(intervals)g) unless %(age)s
      )
      and %(up)s == 0
    ||| % {
      age: health.successAge,
      intervals: own.intervals,
      interval: health.interval,
      failures: health.failures,
      up: health.up,
    },
    summary: 'A health check fails again and again.',
    description:
      '%s failed in its latest run, and ' % self.Name +
      '{{ if $value }}succeeded last {{ $value | humanizeDuration }} ago: no success in %g of its intervals'
      % own.intervals +
      '{{ else }}has never succeeded{{ end }}. ' + self.look,
  }),

  local stale = alert('KubevigilHealthCheckStale', function(own) check {
    expr: '%s > clamp_min(%g * %s, %d)' % [health.overdue, own.intervals, health.interval, own.minimumMinutes * 60],
    summary: 'A health check does not run any more.',
    description:
      '%s was due {{ $value | humanizeDuration }} ago and has not run since. ' % self.Name +
      'Whether what it checks is well is not known. ' + self.look,
  }),

  // Compared with the days before, so that the mean's own window is not part of what it is compared with.
  local slow = alert('KubevigilHealthCheckSlow', function(own) check {
    expr: |||
      %(mean)s
        > %(seconds)g
        > %(factor)g * avg_over_time(%(mean)s[%(baseline)dm:1h] offset %(before)dm)
    ||| % {
      mean: health.duration,
      seconds: own.seconds,
      factor: own.factor,
      baseline: own.baselineMinutes,
      before: std.foldl(std.max, $._config.healthCheckMinutes, 0),
    },
    summary: 'A health check takes much longer than it used to.',
    description:
      'Runs of %s take {{ $value | humanizeDuration }} in the mean, more than %g times as long as in the days before. '
      % [self.name, own.factor] + self.look,
  }),

  local exhausted = alert('KubevigilHealthCheckRemedyExhausted', function(own) check {
    expr: |||
      max by (namespace, healthcheck) (
        max_over_time(kubevigil_healthcheck_remedy_exhausted{%s}[%dm])
      ) == 1
      unless %s
    ||| % [$._config.exporterSelector, $._config.stateMinutes, health.paused],
    summary: 'A health check fails, and its remedy is not run again.',
    description:
      '%s still fails, and nothing more is tried by itself: its limit of remedies is reached, or the last one failed. '
      % self.Name +
      self.look,
  }),

  local refused = alert('KubevigilHealthCheckMetricsRefused', function(own) check {
    local selector = $._config.exporterSelector,
    local counter = 'kubevigil_healthcheck_custom_metrics_refused_total{%s}' % selector,
    expr: |||
      sum by (namespace, healthcheck) (
        %s) > 0
    ||| % grew.exporter(counter, own.windowMinutes, selector),
    summary: 'Metrics that a health check tells are not shown.',
    description:
      'Faults in what %s told as metrics within the last %d minutes: {{ $value | humanize }}. ' %
      [self.name, own.windowMinutes] +
      'Those metrics are missing, or stand still; an Event MetricsRefused says which. ' + self.look,
    dashboard: '/d/kubevigil-custom-metrics?var-healthcheck={{ $labels.healthcheck }}',
  }),

  local budgetBurn(name, summary, pace) = alert(name, function(own) check {
    expr: burn.any(health.up, health.interval, own.objective, own.pairs),
    summary: summary,
    description:
      '%s was failing {{ $value | humanize }} times as much as its objective of %g %% allows, ' %
      [self.Name, own.objective * 100] + pace + ' ' + self.look,
  }),

  prometheusRules+:: { groups+: [health.group] },

  prometheusAlerts+:: {
    groups+: [{
      name: 'kubevigil-healthchecks',
      rules:
        failing + stale + slow + exhausted + refused
        + budgetBurn(
          'KubevigilHealthCheckErrorBudgetBurnFast',
          'A health check spends its error budget within days.',
          'lately and over the last hours.',
        )
        + budgetBurn(
          'KubevigilHealthCheckErrorBudgetBurnSlow',
          'A health check spends its error budget before its time.',
          'lately and over the last days.',
        ),
    }],
  },
}
