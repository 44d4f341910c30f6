// Annotations that ask Prometheus when an alert is sent: which pods it is about, and how their containers ended. Alerts
// carry no pod as a label: 500 pods of one workload are one alert.
local exits = import 'exits.libsonnet';
local series = import 'series.libsonnet';

function(config) {
  local matchers(labels) =
    'printf "%s" %s' % [
      std.join(',', ['%s=%%q' % label for label in labels]),
      std.join(' ', ['$labels.' + label for label in labels]),
    ],
  local identity = ['namespace', 'workload_kind', 'workload', 'container'],

  // The pods of a recorded series, by name, "a, b and 3 more".
  //   name: the series;  range: such as '[5m]': the highest within that time;  labels: those that the alert has
  named(name, extra='', range='', labels=identity)::
    local selected = if range == '' then '%s{%%s%s}' % [name, extra] else 'max_over_time(%s{%%s%s}%s)' % [name, extra, range];
    local pods = 'max by (pod) (%s)' % std.strReplace(selected, '"', '\\"');
    '{{ $of := %s }}' % matchers(labels)
    + '{{ range $i, $s := printf "%s" $of | query | sortByLabel "pod" }}' % pods
    + '{{ if lt $i %d }}{{ if $i }}, {{ end }}{{ $s.Labels.pod }}{{ end }}{{ end }}' % config.podsNamed
    + '{{ range printf "count(%s) > %d" $of | query }}' % [pods, config.podsNamed]
    + '{{ range printf "count(%s) - %d" $of | query }} and {{ .Value }} more{{ end }}{{ end }}' % [pods, config.podsNamed],

  // How the containers' last instances ended, the most frequent first: "137 (SIGKILL)".
  exitCodes(labels=identity)::
    '{{ $of := %s }}' % matchers(labels)
    + '{{ range $i, $s := printf "topk(3, count by (exit_code) (%s{%%s,exit_code!=\\"\\"}))" $of | query }}' % series.lastTermination
    + '{{ if $i }}, {{ end }}{{ with $s.Labels.exit_code }}{{ . }}%s{{ end }}' % exits.template
    + '{{ else }}not known{{ end }}',

  // The reasons for which its containers cannot run. As in named.
  reasons(extra, range)::
    '{{ $of := %s }}' % matchers(identity)
    + '{{ range $i, $s := printf "count by (reason) (max_over_time(%s{%%s%s}%s))" $of | query | sortByLabel "reason" }}'
      % [series.crashState, std.strReplace(extra, '"', '\\"'), range]
    + '{{ if $i }}, {{ end }}{{ $s.Labels.reason }}{{ end }}',
}
