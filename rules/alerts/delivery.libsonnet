// Alerts about crash logs: read from the cluster, and delivered to where people search them. `namespace` is the
// exporter's: whose logs they are does not matter here. A rule's own labels are not among the $labels of its texts.
local newAlert = import '../lib/alert.libsonnet';
local grew = import '../lib/grew.libsonnet';

{
  local config = $._config,
  local alert = newAlert(config),
  local counted(x, minutes) = grew.exporter(x, minutes, config.exporterSelector),
  local delivered(result) =
    'kubevigil_sink_records_total{%s}' % std.join(',', [m for m in [result, config.sinkSelector] if m != '']),
  local ours = {
    labels: { namespace: config.namespace },
    dashboard: '/d/kubevigil-exporter',
    exec:: 'Next: kubectl -n %s exec deploy/kubevigil -- kubevigil ' % config.namespace,
    shipping:: 'Next: kubectl -n %s logs deploy/kubevigil --all-containers --since=1h' % config.namespace,
  },

  // A right that is missing stays missing, so once is enough; a kubelet may be slow at times.
  local capture = alert('KubevigilCrashLogCaptureFailing', function(own) ours {
    local settled(results) =
      'kubevigil_crash_logs_captured_total{result=~"%s",%s}' % [results, config.exporterSelector],
    expr: |||
      sum by (result) (
        %s) >= %d
      or
      sum by (result) (
        %s) >= %d
    ||| % [
      counted(settled('forbidden'), own.windowMinutes),
      own.forbidden,
      counted(settled('error|timeout'), own.windowMinutes),
      own.failures,
    ],
    summary: 'Logs of crashed containers cannot be read.',
    description:
      'Crashes of the last %d minutes whose log could not be read: {{ $value | humanize }}. ' % own.windowMinutes +
      '{{ if eq $labels.result "forbidden" }}A right is missing: get on pods and on pods/log.' +
      '{{ else if eq $labels.result "timeout" }}The API server or the kubelet did not answer in time.' +
      '{{ else }}The API server or the kubelet answered with an error.{{ end }} ' +
      self.exec + 'crashes list --since 1h',
  }),

  local failing = alert('KubevigilCrashLogDeliveryFailing', function(own) ours {
    expr: |||
      max by (sink) (min_over_time(kubevigil_outbox_records{%s}[%dm])) > 0
      unless
      sum by (sink) (
        %s) > 0
    ||| % [
      config.exporterSelector,
      own.windowMinutes,
      counted(delivered('result=~"sent|duplicate"'), own.windowMinutes),
    ],
    summary: 'Crash logs wait to be delivered, and none arrives.',
    description:
      '{{ $value | humanize }} records or more wait for {{ $labels.sink }}, of which none was taken in %d minutes. '
      % own.windowMinutes + 'They are kept, and sent once it takes them. ' + self.shipping,
  }),

  local dead = alert('KubevigilCrashLogDeadLetters', function(own) ours {
    expr: |||
      sum by (sink) (
        %s) > 0
    ||| % counted(delivered('result="dead_letter"'), own.windowMinutes),
    summary: 'Crash logs were refused for good.',
    description:
      'Records that {{ $labels.sink }} refused in the last %d minutes: {{ $value | humanize }}. ' % own.windowMinutes +
      'They are not sent again until somebody asks for it. ' + self.exec + 'crashes dead-letters',
  }),

  local dropped = alert('KubevigilCrashLogsDropped', function(own) ours {
    expr: |||
      sum by (sink) (
        %s) > 0
    ||| % counted('kubevigil_outbox_dropped_total{%s}' % config.exporterSelector, own.windowMinutes),
    summary: 'Crash logs were lost before they were delivered.',
    description:
      "Records that the store's limits took in the last %d minutes before {{ $labels.sink }} had them: " % own.windowMinutes
      + '{{ $value | humanize }}. They are gone. ' + self.exec + 'crashes list',
  }),

  local backlog = alert('KubevigilOutboxBacklog', function(own) ours {
    expr: |||
      max by (sink) (
        max_over_time(kubevigil_outbox_oldest_seconds{%s}[%dm])
      ) > %d
    ||| % [config.exporterSelector, config.stateMinutes, own.oldestMinutes * 60],
    summary: 'Crash logs arrive late.',
    description:
      'The oldest record that waits for {{ $labels.sink }} has waited {{ $value | humanizeDuration }}. ' +
      self.shipping,
  }),

  prometheusAlerts+:: {
    groups+: [{ name: 'kubevigil-delivery', rules: capture + failing + dead + dropped + backlog }],
  },
}
