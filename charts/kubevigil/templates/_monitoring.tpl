{{- /* Whether there is a ServiceMonitor, and how it verifies the exporter; _selection.tpl has its labels. */ -}}

{{- define "kubevigil.monitored" -}}
{{- $there := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- if eq (toString .Values.serviceMonitor.enabled) "auto" | ternary $there .Values.serviceMonitor.enabled -}}yes{{- end -}}
{{- end -}}

{{- /* Without a name to verify, Prometheus would verify the pod's address, which no certificate has. */ -}}
{{- define "kubevigil.tlsConfig" -}}
{{- $name := printf "%s.%s.svc" (include "kubevigil.fullname" .) (include "kubevigil.namespace" .) -}}
{{- merge (deepCopy .Values.serviceMonitor.tlsConfig) (dict "serverName" $name) | toYaml -}}
{{- end -}}
