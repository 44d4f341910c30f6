{{- /* Whether there is a ServiceMonitor, what it scrapes, and how it verifies that; _selection.tpl has its labels. */ -}}

{{- define "kubevigil.monitored" -}}
{{- $there := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- if eq (toString .Values.serviceMonitor.enabled) "auto" | ternary $there .Values.serviceMonitor.enabled -}}yes{{- end -}}
{{- end -}}

{{- /* Without a name to verify, Prometheus would verify the pod's address, which no certificate has. */ -}}
{{- define "kubevigil.tlsConfig" -}}
{{- $name := printf "%s.%s.svc" (include "kubevigil.fullname" .) (include "kubevigil.namespace" .) -}}
{{- merge (deepCopy .Values.serviceMonitor.tlsConfig) (dict "serverName" $name) | toYaml -}}
{{- end -}}

{{- /* What to scrape. Takes a list: the root, the port's name, the job by which the rules know the series. */ -}}
{{- define "kubevigil.endpoint" -}}
{{- $root := index . 0 -}}
{{- $monitor := $root.Values.serviceMonitor -}}
{{- $instance := printf "%s/%s" (include "kubevigil.namespace" $root) (include "kubevigil.fullname" $root) -}}
- port: {{ index . 1 }}
  path: /metrics
  {{- with $monitor.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with $monitor.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  {{- if $root.Values.web.tls }}
  scheme: https
  tlsConfig:
    {{- include "kubevigil.tlsConfig" $root | nindent 4 }}
  {{- end }}
  {{- with $monitor.basicAuth }}
  basicAuth:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  # The labels namespace, pod and container are those of what crashed.
  honorLabels: true
  # Labels of the exporter's own pod would start all series anew with each of its pods.
  relabelings:
    - action: labeldrop
      regex: pod|container|service|endpoint|node
    - action: replace
      targetLabel: instance
      replacement: {{ $monitor.instance | default $instance | quote }}
    - action: replace
      targetLabel: job
      replacement: {{ index . 2 }}
  {{- with $monitor.metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
