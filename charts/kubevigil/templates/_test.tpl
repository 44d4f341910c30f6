{{- /* What `helm test` needs to ask as Prometheus does: by the Secrets and ConfigMaps that the ServiceMonitor names. */ -}}

{{- /* JSON: sources of a projected volume, each file under the name by which files/helm_test.py looks for it. */ -}}
{{- define "kubevigil.testCredentials" -}}
{{- $monitor := .Values.serviceMonitor -}}
{{- $tls := .Values.web.tls | ternary $monitor.tlsConfig dict -}}
{{- $keys := dict
  "username" (dict "secret" $monitor.basicAuth.username)
  "password" (dict "secret" $monitor.basicAuth.password)
  "ca.crt" ($tls.ca | default dict)
  "tls.crt" ($tls.cert | default dict)
  "tls.key" (dict "secret" $tls.keySecret)
-}}
{{- $sources := list -}}
{{- range $path, $places := $keys -}}
{{- range $kind, $place := $places -}}
{{- with $place -}}
{{- $items := list (dict "key" .key "path" $path) -}}
{{- $sources = append $sources (dict $kind (dict "name" .name "items" $items)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $sources | toJson -}}
{{- end -}}

{{- /* YAML: what is asked, by which name it is verified, and for how long. */ -}}
{{- define "kubevigil.testArguments" -}}
{{- $base := printf "%s://%s.%s.svc" (.Values.web.tls | ternary "https" "http") (include "kubevigil.fullname" .) (include "kubevigil.namespace" .) -}}
- {{ printf "%s:%v" $base .Values.service.port }}
{{- if include "kubevigil.ships" . }}
- {{ printf "%s:%v" $base .Values.service.shipPort }}
{{- end }}
- --credentials=/credentials
{{- if .Values.web.tls }}
{{- $tls := include "kubevigil.tlsConfig" . | fromYaml }}
- {{ printf "--server-name=%s" $tls.serverName | quote }}
{{- if $tls.insecureSkipVerify }}
- --unverified
{{- end }}
{{- end }}
{{- end -}}
