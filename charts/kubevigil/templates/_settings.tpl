{{- /* The settings file: `config`, and what the chart decides, which no `config` can hold (values.schema.json). */ -}}

{{- define "kubevigil.settings" -}}
{{- $decided := dict "listen" ":8080" "data_dir" "/var/lib/kubevigil" -}}
{{- with .Values.namespaces -}}
{{- $_ := set $decided "namespaces" . -}}
{{- end -}}
{{- if .Values.web.existingSecret -}}
{{- $_ := set $decided "web" (dict "config_file" (printf "/etc/kubevigil/web/%s" .Values.web.configKey)) -}}
{{- end -}}
{{- if include "kubevigil.ships" . -}}
{{- $_ := set $decided "ship" (dict "listen" ":8081") -}}
{{- end -}}
{{- $_ := set $decided "healthchecks" (.Values.healthchecks.enabled | ternary "on" "off") -}}
{{- if .Values.healthchecks.enabled -}}
{{- $checks := dict "lease" (include "kubevigil.lease" .) -}}
{{- if .Values.healthchecks.templates.existingConfigMap -}}
{{- $_ := set $checks "templates_dir" "/etc/kubevigil/templates" -}}
{{- end -}}
{{- if ne (include "kubevigil.rightsLevel" .) "off" -}}
{{- $_ := set $checks "rbac" (include "kubevigil.rightsLevel" .) -}}
{{- end -}}
{{- with (include "kubevigil.listedAccounts" . | fromYaml).accounts -}}
{{- $_ := set $checks "service_accounts" . -}}
{{- end -}}
{{- $_ := set $decided "checks" $checks -}}
{{- end -}}
{{- merge $decided .Values.config | toYaml -}}
{{- end -}}
