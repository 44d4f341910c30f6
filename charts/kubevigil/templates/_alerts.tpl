{{- /* The rules of files/rules-<source>.yaml, with what `rules` says of them. `tpl` never sees them: the braces in
their texts are Prometheus' own. */ -}}

{{- /* Whether there is a PrometheusRule. */ -}}
{{- define "kubevigil.alerted" -}}
{{- $there := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- if eq (toString .Values.rules.enabled) "auto" | ternary $there .Values.rules.enabled -}}yes{{- end -}}
{{- end -}}

{{- /* YAML: groups, as rendered from the mixin. */ -}}
{{- define "kubevigil.renderedRules" -}}
{{- .Files.Get (printf "files/rules-%s.yaml" .Values.rules.source) -}}
{{- end -}}

{{- /* YAML: groups, with the values in. A group that lost all its rules is gone. */ -}}
{{- define "kubevigil.ruleGroups" -}}
{{- $root := . -}}
{{- $groups := list -}}
{{- range $group := (include "kubevigil.renderedRules" . | fromYaml).groups -}}
{{- $rules := list -}}
{{- range $rule := $group.rules -}}
{{- if not (get $root.Values.rules.disabled ($rule.alert | default "")) -}}
{{- $rules = append $rules (include "kubevigil.rule" (list $root $rule) | fromYaml) -}}
{{- end -}}
{{- end -}}
{{- $changed := dict "rules" $rules -}}
{{- with $root.Values.rules.interval -}}
{{- $_ := set $changed "interval" . -}}
{{- end -}}
{{- if $rules -}}
{{- $groups = append $groups (merge $changed $group) -}}
{{- end -}}
{{- end -}}
{{- dict "groups" $groups | toYaml -}}
{{- end -}}

{{- /* One rule, with the values in. Takes a list: the root, the rule. Only alerts can be changed: what is recorded is
joined by its labels. */ -}}
{{- define "kubevigil.rule" -}}
{{- $values := (index . 0).Values.rules -}}
{{- $bases := include "kubevigil.bases" (index . 0) | fromYaml -}}
{{- $rule := index . 1 -}}
{{- $_ := set $rule "expr" (include "kubevigil.placed" (list $bases $rule.expr)) -}}
{{- $labels := dict -}}
{{- range $name, $value := $rule.labels -}}
{{- $_ := set $labels $name (include "kubevigil.placed" (list $bases $value)) -}}
{{- end -}}
{{- if $rule.alert -}}
{{- $custom := get $values.customRules $rule.alert | default dict -}}
{{- $labels = mergeOverwrite $labels $values.additionalRuleLabels ($custom.labels | default dict) -}}
{{- with $custom.severity -}}
{{- $_ := set $labels "severity" . -}}
{{- end -}}
{{- $annotations := include "kubevigil.annotations" (list $bases $rule.annotations) | fromYaml -}}
{{- $annotations = mergeOverwrite $annotations $values.additionalRuleAnnotations ($custom.annotations | default dict) -}}
{{- $_ := set $rule "annotations" $annotations -}}
{{- with $values.keepFiringFor -}}
{{- $_ := set $rule "keep_firing_for" . -}}
{{- end -}}
{{- $rule = mergeOverwrite $rule (pick $custom "for" "keep_firing_for" "expr") -}}
{{- end -}}
{{- if $labels -}}
{{- $_ := set $rule "labels" $labels -}}
{{- end -}}
{{- toYaml $rule -}}
{{- end -}}

{{- /* Annotations with the placeholders replaced; a link without a base is left out. Takes a list: the bases, a map. */ -}}
{{- define "kubevigil.annotations" -}}
{{- $bases := index . 0 -}}
{{- $annotations := dict -}}
{{- range $name, $text := index . 1 -}}
{{- $leads := true -}}
{{- range $placeholder, $base := $bases -}}
{{- if and (empty $base) (contains $placeholder $text) -}}
{{- $leads = false -}}
{{- end -}}
{{- end -}}
{{- if $leads -}}
{{- $_ := set $annotations $name (include "kubevigil.placed" (list $bases $text)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $annotations -}}
{{- end -}}

{{- /* YAML: what stands for each placeholder of the rendered rules. */ -}}
{{- define "kubevigil.bases" -}}
{{- $rules := .Values.rules -}}
{{- dict
  "@RUNBOOKS@" (trimSuffix "/" $rules.runbookUrl)
  "@GRAFANA@" (trimSuffix "/" $rules.grafanaUrl)
  "@LOGS@" (trimSuffix "/" $rules.logsUrl)
  "@LOGS_PATH@" (include "kubevigil.logsPath" (list . "rules"))
  "@NAMESPACE@" (include "kubevigil.namespace" .)
  | toYaml -}}
{{- end -}}

{{- /* Where crash logs are behind `rules.logsUrl`. Takes a list: the root, whose link it is, `rules` or `dashboards`. */ -}}
{{- define "kubevigil.logsPath" -}}
{{- $root := index . 0 -}}
{{- $format := ($root.Values.config.document).format | default "ecs" -}}
{{- $paths := get ($root.Files.Get "files/logs.yaml" | fromYaml) (index . 1) -}}
{{- (get $root.Values (index . 1)).logsPath | default (get $paths $format) -}}
{{- end -}}

{{- /* Takes a list: the bases, a text. */ -}}
{{- define "kubevigil.placed" -}}
{{- $text := index . 1 -}}
{{- range $placeholder, $base := index . 0 -}}
{{- $text = replace $placeholder $base $text -}}
{{- end -}}
{{- $text -}}
{{- end -}}

{{- /* For people: how many rules there are, of which kind, and which are left out. */ -}}
{{- define "kubevigil.rulesShown" -}}
{{- $alerts := list -}}
{{- $recorded := 0 -}}
{{- range (include "kubevigil.ruleGroups" . | fromYaml).groups -}}
{{- range .rules -}}
{{- if .alert -}}{{- $alerts = append $alerts .alert -}}{{- else -}}{{- $recorded = add1 $recorded -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $without := list -}}
{{- range $name, $off := .Values.rules.disabled -}}
{{- if $off -}}{{- $without = append $without $name -}}{{- end -}}
{{- end -}}
{{ len $alerts }} alerts and {{ $recorded }} recorded series for the source {{ .Values.rules.source }}
{{- with $without }}, without {{ join ", " . }}{{ end -}}
{{- end -}}

{{- /* For people: the values that would give alerts their links. */ -}}
{{- define "kubevigil.linkless" -}}
{{- $empty := list -}}
{{- range list "runbookUrl" "grafanaUrl" "logsUrl" -}}
{{- if not (get $.Values.rules .) -}}{{- $empty = append $empty (printf "rules.%s" .) -}}{{- end -}}
{{- end -}}
{{- join ", " $empty -}}
{{- end -}}

{{- /* Fails where `rules` names an alert that there is not, or takes from an alert what tells it from others. */ -}}
{{- define "kubevigil.checkedRules" -}}
{{- $values := .Values.rules -}}
{{- $alerts := list -}}
{{- $silent := list -}}
{{- range (include "kubevigil.renderedRules" . | fromYaml).groups -}}
{{- range .rules -}}
{{- if .alert -}}
{{- $alerts = append $alerts .alert -}}
{{- if eq .labels.severity "none" -}}{{- $silent = append $silent .alert -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $place := list "disabled" "customRules" -}}
{{- range $name, $_ := get $values $place -}}
{{- if not (has $name $alerts) -}}
{{- $nearest := include "kubevigil.nearest" (list $name $alerts) -}}
{{- fail (printf "rules.%s: no alert of the source %s is called %q; did you mean %q? There are: %s" $place $values.source $name $nearest (join ", " (sortAlpha $alerts))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $fixed := list "alertname" "namespace" "workload_kind" "workload" "pod" "container" "container_type" -}}
{{- range $name, $_ := $values.additionalRuleLabels -}}
{{- if has $name (append $fixed "severity") -}}
{{- fail (printf "rules.additionalRuleLabels: %q differs from alert to alert, so all cannot have one; a severity is rules.customRules.<Alert>.severity" $name) -}}
{{- end -}}
{{- end -}}
{{- range $alert, $custom := $values.customRules -}}
{{- $severe := or $custom.severity (hasKey ($custom.labels | default dict) "severity") -}}
{{- if and $severe (has $alert $silent) -}}
{{- fail (printf "rules.customRules.%s: this alert only mutes others and is never sent, which its severity says; disable it instead" $alert) -}}
{{- end -}}
{{- range $name, $_ := $custom.labels -}}
{{- if has $name $fixed -}}
{{- fail (printf "rules.customRules.%s.labels: %q says what the alert is about, so it cannot be fixed; take another name" $alert $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The name that shares most of its parts of three letters with what was written. Takes a list: that, the names. */ -}}
{{- define "kubevigil.nearest" -}}
{{- $written := lower (index . 0) -}}
{{- $nearest := first (index . 1) -}}
{{- $most := 0 -}}
{{- range $name := index . 1 -}}
{{- $shared := 0 -}}
{{- range $at := until (int (max 0 (sub (len $written) 2))) -}}
{{- if contains (substr $at (int (add $at 3)) $written) (lower $name) -}}
{{- $shared = add1 $shared -}}
{{- end -}}
{{- end -}}
{{- $likeness := div (mul 2000 $shared) (add (len $written) (len $name)) -}}
{{- if gt $likeness $most -}}
{{- $most = $likeness -}}
{{- $nearest = $name -}}
{{- end -}}
{{- end -}}
{{- $nearest -}}
{{- end -}}
