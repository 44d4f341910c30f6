{{- /* The labels by which the cluster's Prometheus and Alertmanager objects find an object of ours. */ -}}

{{- /*
Takes a dict: root; kind (who selects, as a kind of the operator's); what (which of its selectors: "rule" for
ruleSelector); values (the paths of values that may hold the labels, the first that does so counts); default (labels,
where nobody is there to select). YAML: labels (a map), source (words for people), by (who selects it), without (who
does not). The cluster is asked only where labels are not given, so an account without the right to list these objects
can install with them. In a conflict the first by namespace and name wins. Expressions other than In and Exists ask for
absent labels.
*/ -}}
{{- define "kubevigil.labelsFor" -}}
{{- $root := .root -}}
{{- $what := .what -}}
{{- $labels := dict -}}
{{- $source := "" -}}
{{- range $path := .values -}}
{{- $given := get (get $root.Values $path) "labels" -}}
{{- if and $given (not $source) -}}
{{- $source = printf "%s.labels" $path -}}
{{- $labels = tpl (toYaml $given) $root | fromYaml -}}
{{- end -}}
{{- end -}}
{{- $seen := list -}}
{{- if not $source -}}
{{- if $root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- $seen = (lookup "monitoring.coreos.com/v1" .kind "" "").items | default list -}}
{{- end -}}
{{- $source = empty $seen | ternary "the default of kube-prometheus-stack" (printf "the cluster's %s objects" .kind) -}}
{{- if not $seen -}}
{{- $labels = .default -}}
{{- end -}}
{{- end -}}
{{- $by := list -}}
{{- $without := list -}}
{{- range $object := $seen -}}
{{- $name := printf "%s/%s" $object.metadata.namespace $object.metadata.name -}}
{{- $wanted := include "kubevigil.wantedBy" (dict "root" $root "what" $what "object" $object) | fromYaml -}}
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
What one of them wants. Takes a dict: root, what, object (the Prometheus, say). YAML: selects (whether it looks at our
namespace and selects anything at all), labels. An absent selector selects nothing, an empty one everything.
*/ -}}
{{- define "kubevigil.wantedBy" -}}
{{- $spec := .object.spec -}}
{{- $selects := hasKey $spec (printf "%sSelector" .what) -}}
{{- $selector := get $spec (printf "%sSelector" .what) | default dict -}}
{{- $home := eq .object.metadata.namespace (include "kubevigil.namespace" .root) -}}
{{- $looks := or $home (hasKey $spec (printf "%sNamespaceSelector" .what)) -}}
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
{{- dict "selects" (and $looks $selects) "labels" $labels | toYaml -}}
{{- end -}}

{{- define "kubevigil.monitorSelection" -}}
{{- $stacks := dict "release" "kube-prometheus-stack" -}}
{{- $places := list "serviceMonitor" -}}
{{- include "kubevigil.labelsFor" (dict "root" . "kind" "Prometheus" "what" "serviceMonitor" "values" $places "default" $stacks) -}}
{{- end -}}

{{- define "kubevigil.ruleSelection" -}}
{{- $stacks := dict "release" "kube-prometheus-stack" -}}
{{- $places := list "rules" "serviceMonitor" -}}
{{- include "kubevigil.labelsFor" (dict "root" . "kind" "Prometheus" "what" "rule" "values" $places "default" $stacks) -}}
{{- end -}}

{{- define "kubevigil.slackSelection" -}}
{{- include "kubevigil.labelsFor" (dict "root" . "kind" "Alertmanager" "what" "alertmanagerConfig" "values" list "default" dict) -}}
{{- end -}}

{{- /* For people. Takes what kubevigil.labelsFor gave. */ -}}
{{- define "kubevigil.foundBy" -}}
{{- $labels := list -}}
{{- range $key, $value := .labels -}}
{{- $labels = append $labels (printf "%s=%s" $key $value) -}}
{{- end -}}
with the labels {{ $labels | join ", " | default "(none are needed)" }}
from {{ .source }}
{{- with .by }}
selected by {{ join ", " . }}
{{- end }}
{{- with .without }}
not selected by {{ join ", " . }}: see "Prometheus" in the chart's README
{{- end }}
{{- end -}}
