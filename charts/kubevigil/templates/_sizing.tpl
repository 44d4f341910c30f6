{{- /* YAML: the exporter's CPU and memory: those of `sizing`, with each figure of `resources` in its place; null takes one
away. */ -}}
{{- define "kubevigil.resources" -}}
{{- $resources := get (.Files.Get "files/sizing.yaml" | fromYaml) (.Values.sizing | default "") -}}
{{- range $section, $given := .Values.resources -}}
{{- if kindIs "map" $given -}}
{{- $figures := get $resources $section | default dict -}}
{{- range $name, $figure := $given -}}
{{- if kindIs "invalid" $figure -}}{{- $_ := unset $figures $name -}}{{- else -}}{{- $_ := set $figures $name $figure -}}{{- end -}}
{{- end -}}
{{- $_ := set $resources $section $figures -}}
{{- else if kindIs "invalid" $given -}}
{{- $_ := unset $resources $section -}}
{{- else -}}
{{- $_ := set $resources $section $given -}}
{{- end -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}
