{{- /* Where AlertmanagerConfig objects can go, and what they lack there, as far as the cluster can be asked. */ -}}

{{- /*
YAML: namespace, strategy, source (words for people) of the one object of mode `cluster`. Fails where the operator would
add the object's own namespace to its routes, which hides the alerts of all others.
*/ -}}
{{- define "kubevigil.slackPlace" -}}
{{- $slack := .Values.slack -}}
{{- $home := include "kubevigil.namespace" . -}}
{{- $strategy := $slack.matcherStrategy -}}
{{- $namespace := $slack.alertmanagerNamespace -}}
{{- $source := "slack.matcherStrategy" -}}
{{- if and (not $strategy) (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1") -}}
{{- range (lookup "monitoring.coreos.com/v1" "Alertmanager" $slack.alertmanagerNamespace "").items -}}
{{- if has $strategy (list "" "OnNamespace") -}}
{{- $strategy = dig "spec" "alertmanagerConfigMatcherStrategy" "type" "OnNamespace" . -}}
{{- $source = printf "the Alertmanager %s/%s" .metadata.namespace .metadata.name -}}
{{- if eq $strategy "OnNamespaceExceptForAlertmanagerNamespace" -}}{{- $namespace = .metadata.namespace -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $fix := "set alertmanager.alertmanagerSpec.alertmanagerConfigMatcherStrategy.type=None in kube-prometheus-stack's values, or slack.mode=perNamespace here" -}}
{{- if not $strategy -}}
{{- fail "slack.mode cluster needs the matcher strategy of the Alertmanager, and no Alertmanager object can be seen from here: set slack.matcherStrategy; `kubectl get alertmanagers -A -o yaml` shows it as alertmanagerConfigMatcherStrategy, nothing there means OnNamespace" -}}
{{- else if eq $strategy "OnNamespace" -}}
{{- fail (printf "slack.mode cluster: under the matcher strategy OnNamespace (from %s) one AlertmanagerConfig gets the alerts of its own namespace only; %s" $source $fix) -}}
{{- else if and (ne $strategy "None") (not $namespace) -}}
{{- fail (printf "slack.mode cluster: under the matcher strategy %s the AlertmanagerConfig must be in the namespace of the Alertmanager: set slack.alertmanagerNamespace" $strategy) -}}
{{- end -}}
{{- dict "namespace" ($namespace | default $home) "strategy" $strategy "source" $source | toYaml -}}
{{- end -}}

{{- /*
YAML: sentences. Takes a dict: root, namespace, of (a list of what has `secret`). A namespace that cannot be seen says
nothing: `helm template` sees none. Of a Secret only the names of its keys are looked at.
*/ -}}
{{- define "kubevigil.slackLacking" -}}
{{- $namespace := .namespace -}}
{{- $keys := list "key" -}}
{{- if eq .root.Values.slack.tokenType "bot" -}}{{- $keys = list "key" "urlKey" -}}{{- end -}}
{{- $sentences := list -}}
{{- if lookup "v1" "Namespace" "" $namespace -}}
{{- range .of -}}
{{- $secret := .secret -}}
{{- $found := lookup "v1" "Secret" $namespace $secret.name -}}
{{- if not $found -}}
{{- $sentences = append $sentences (printf "the Secret %s in the namespace %s" $secret.name $namespace) -}}
{{- else -}}
{{- range $keys -}}
{{- if not (hasKey ($found.data | default dict) (get $secret .)) -}}
{{- $sentences = append $sentences (printf "the key %s of the Secret %s in the namespace %s" (get $secret .) $secret.name $namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "sentences" $sentences | toYaml -}}
{{- end -}}

{{- /* For people: which objects there are, where each sends, and what is missing, each with what to do. */ -}}
{{- define "kubevigil.slackShown" -}}
{{- $slack := .Values.slack -}}
{{- $made := include "kubevigil.slack" . | fromYaml -}}
{{- $selection := include "kubevigil.slackSelection" . | fromYaml -}}
{{- range $number, $object := $made.objects -}}
{{- if $number }}{{ "\n" }}{{ end -}}
an AlertmanagerConfig in {{ .namespace }}, for {{ join ", " .routes }}
{{- else -}}
no AlertmanagerConfig
{{- end }}
{{- if eq $slack.mode "cluster" }}
{{- $place := include "kubevigil.slackPlace" . | fromYaml }}
for all namespaces: the matcher strategy is {{ $place.strategy }}, from {{ $place.source }}
{{- end }}
{{- range $selection.by }}
selected by the Alertmanager {{ . }}
{{- end }}
{{- range $selection.without }}
not selected by the Alertmanager {{ . }}: see "Slack" in the chart's README
{{- end }}
{{- range $made.missing }}
missing: {{ . }}{{ if eq $slack.mode "perNamespace" }}; what needs it is left out{{ else }}; until it is there nothing is sent{{ end }}
{{- end }}
{{- if $made.missing }}
Make it (docs/slack.md){{ if eq $slack.mode "perNamespace" }}, then: helm upgrade {{ .Release.Name }} CHART -n {{ .Release.Namespace }} --reset-then-reuse-values{{ end }}
{{- end }}
{{- if eq $slack.mode "perNamespace" }}
{{- range (include "kubevigil.slackRoutes" . | fromYaml).routes }}
{{- if not .ownSecret }}
left out: route {{ .name }}, which has no secret of its own
{{- else if not .namespaces }}
left out: route {{ .name }}, which names no namespace
{{- else }}
{{- $route := .name }}
{{- range $namespace := .namespaces }}
{{- if regexMatch "[*?]" $namespace }}
left out: {{ $namespace }} of route {{ $route }}, since only namespaces by name get an AlertmanagerConfig
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
