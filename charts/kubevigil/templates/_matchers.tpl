{{- /* Matchers of labels as AlertmanagerConfig objects have them: {name, matchType, value}. */ -}}

{{- /* YAML: matchers, one or none. Takes a list: the label, globs of its values. Regular expressions are anchored. */ -}}
{{- define "kubevigil.globs" -}}
{{- $globs := index . 1 -}}
{{- $matchers := list -}}
{{- if and (eq (len $globs) 1) (not (regexMatch "[*?]" (join "" $globs))) -}}
{{- $matchers = list (dict "name" (index . 0) "matchType" "=" "value" (first $globs)) -}}
{{- else if $globs -}}
{{- $value := join "|" $globs | replace "." "\\." | replace "*" ".*" | replace "?" "." -}}
{{- $matchers = list (dict "name" (index . 0) "matchType" "=~" "value" $value) -}}
{{- end -}}
{{- dict "matchers" $matchers | toYaml -}}
{{- end -}}

{{- /* YAML: a matcher. Takes a list: the label, the values that it may have. */ -}}
{{- define "kubevigil.oneOf" -}}
{{- $values := index . 1 -}}
{{- dict "name" (index . 0) "matchType" (eq (len $values) 1 | ternary "=" "=~") "value" (join "|" $values) | toYaml -}}
{{- end -}}

{{- /* YAML: a matcher. Takes it as people write it, in a form that values.schema.json allows: team="x", owner=~"a|b". */ -}}
{{- define "kubevigil.matcher" -}}
{{- $parts := "^\\s*([a-zA-Z0-9_]+)\\s*(=~|!~|!=|=)\\s*(.*?)\\s*$" -}}
{{- $value := regexReplaceAll $parts . "${3}" -}}
{{- if hasPrefix "\"" $value -}}
{{- $value = printf "[%s]" $value | fromJsonArray | first -}}
{{- end -}}
{{- $type := regexReplaceAll $parts . "${2}" -}}
{{- dict "name" (regexReplaceAll $parts . "${1}") "matchType" $type "value" $value | toYaml -}}
{{- end -}}
