{{- /* Whether there is a ServiceMonitor, and the labels by which a Prometheus finds it. */ -}}

{{- define "kubevigil.monitored" -}}
{{- $there := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- if eq (toString .Values.serviceMonitor.enabled) "auto" | ternary $there .Values.serviceMonitor.enabled -}}yes{{- end -}}
{{- end -}}

{{- /*
YAML: labels (a map), source (words for people), by (who selects it), without (who does not). The cluster is asked only
where labels are not given, so an account without the right to list Prometheus objects can install with them. In a
conflict the first Prometheus by namespace and name wins. Expressions other than In and Exists ask for absent labels.
*/ -}}
{{- define "kubevigil.selection" -}}
{{- $labels := dict -}}
{{- $source := "serviceMonitor.labels" -}}
{{- $seen := list -}}
{{- if .Values.serviceMonitor.labels -}}
{{- $labels = tpl (toYaml .Values.serviceMonitor.labels) . | fromYaml -}}
{{- else -}}
{{- if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- $seen = (lookup "monitoring.coreos.com/v1" "Prometheus" "" "").items | default list -}}
{{- end -}}
{{- $source = empty $seen | ternary "the default of kube-prometheus-stack" "the cluster's Prometheus objects" -}}
{{- if not $seen -}}
{{- $_ := set $labels "release" "kube-prometheus-stack" -}}
{{- end -}}
{{- end -}}
{{- $by := list -}}
{{- $without := list -}}
{{- range $prometheus := $seen -}}
{{- $name := printf "%s/%s" $prometheus.metadata.namespace $prometheus.metadata.name -}}
{{- $wanted := include "kubevigil.wanted" (list $ $prometheus) | fromYaml -}}
{{- $fits := $wanted.selects -}}
{{- range $key, $value := $wanted.labels -}}
{{- if and (hasKey $labels $key) (ne (get $labels $key) $value) -}}
{{- $fits = false -}}
{{- end -}}
{{- end -}}
{{- if $fits -}}
{{- $labels = merge $labels $wanted.labels -}}
{{- $by = append $by $name -}}
{{- else -}}
{{- $without = append $without $name -}}
{{- end -}}
{{- end -}}
{{- dict "labels" $labels "source" $source "by" $by "without" $without | toYaml -}}
{{- end -}}

{{- /*
What one Prometheus wants. Takes a list: the root, the Prometheus object. YAML: selects (whether it looks at our
namespace and selects anything at all), labels. An absent selector selects nothing, an empty one everything.
*/ -}}
{{- define "kubevigil.wanted" -}}
{{- $root := index . 0 -}}
{{- $prometheus := index . 1 -}}
{{- $spec := $prometheus.spec -}}
{{- $home := eq $prometheus.metadata.namespace (include "kubevigil.namespace" $root) -}}
{{- $looks := or $home (hasKey $spec "serviceMonitorNamespaceSelector") -}}
{{- $selector := $spec.serviceMonitorSelector | default dict -}}
{{- $labels := $selector.matchLabels | default dict -}}
{{- range $selector.matchExpressions -}}
{{- if not (hasKey $labels .key) -}}
{{- if eq .operator "In" -}}
{{- $_ := set $labels .key (first .values) -}}
{{- else if eq .operator "Exists" -}}
{{- $_ := set $labels .key "true" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "selects" (and $looks (hasKey $spec "serviceMonitorSelector")) "labels" $labels | toYaml -}}
{{- end -}}

{{- /* Without a name to verify, Prometheus would verify the pod's address, which no certificate has. */ -}}
{{- define "kubevigil.tlsConfig" -}}
{{- $name := printf "%s.%s.svc" (include "kubevigil.fullname" .) (include "kubevigil.namespace" .) -}}
{{- merge (deepCopy .Values.serviceMonitor.tlsConfig) (dict "serverName" $name) | toYaml -}}
{{- end -}}
