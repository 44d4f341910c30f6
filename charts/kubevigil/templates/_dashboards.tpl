{{- /* The dashboards of files/dashboards, with the bases of links in. `tpl` never sees them: the braces in their texts
are Grafana's own. */ -}}

{{- /* Whether there are ConfigMaps of dashboards. */ -}}
{{- define "kubevigil.boarded" -}}
{{- $there := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- if eq (toString .Values.dashboards.enabled) "auto" | ternary $there .Values.dashboards.enabled -}}yes{{- end -}}
{{- end -}}

{{- /* JSON: the names of the dashboards that there are, as an array. */ -}}
{{- define "kubevigil.boards" -}}
{{- $names := list -}}
{{- range $path, $_ := .Files.Glob "files/dashboards/*.json" -}}
{{- $names = append $names (base $path | trimSuffix ".json") -}}
{{- end -}}
{{- $names | toJson -}}
{{- end -}}

{{- /* JSON: the names of those that are left out. */ -}}
{{- define "kubevigil.boardsLeftOut" -}}
{{- $names := list -}}
{{- range $name, $off := .Values.dashboards.disabled -}}
{{- if $off -}}{{- $names = append $names $name -}}{{- end -}}
{{- end -}}
{{- $names | toJson -}}
{{- end -}}

{{- /* JSON: one dashboard. Takes a list: the root, its name. */ -}}
{{- define "kubevigil.board" -}}
{{- $root := index . 0 -}}
{{- $bases := include "kubevigil.bases" $root | fromYaml -}}
{{- $board := $root.Files.Get (printf "files/dashboards/%s.json" (index . 1)) | fromJson -}}
{{- $_ := set $board "links" (include "kubevigil.leading" (list $bases $board.links) | fromJsonArray) -}}
{{- range $panel := $board.panels -}}
{{- range $override := dig "fieldConfig" "overrides" list $panel -}}
{{- range $property := $override.properties -}}
{{- if eq $property.id "links" -}}
{{- $_ := set $property "value" (include "kubevigil.leading" (list $bases $property.value) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- /* The path's own `$` is no group of the pattern. */ -}}
{{- $path := include "kubevigil.logsPath" (list $root "dashboards") | replace "$" "$$" -}}
{{- $path = $path | replace "@NAMESPACE_SHOWN@" "${1}" | replace "@POD_SHOWN@" "${2}" -}}
{{- $text := include "kubevigil.placed" (list $bases (toRawJson $board)) -}}
{{- regexReplaceAll "@LOGS_PATH<([^<>]*)><([^<>]*)>@" $text $path -}}
{{- end -}}

{{- /* JSON: those of the links that lead somewhere. Takes a list: the bases, the links. */ -}}
{{- define "kubevigil.leading" -}}
{{- $bases := index . 0 -}}
{{- $leading := list -}}
{{- range $link := index . 1 -}}
{{- $leads := true -}}
{{- range $placeholder, $base := $bases -}}
{{- if and (empty $base) (contains $placeholder $link.url) -}}
{{- $leads = false -}}
{{- end -}}
{{- end -}}
{{- if $leads -}}
{{- $leading = append $leading $link -}}
{{- end -}}
{{- end -}}
{{- $leading | toJson -}}
{{- end -}}

{{- /* Fails where `dashboards.disabled` names one that there is not. */ -}}
{{- define "kubevigil.checkedDashboards" -}}
{{- $names := include "kubevigil.boards" . | fromJsonArray -}}
{{- range $name, $_ := .Values.dashboards.disabled -}}
{{- if not (has $name $names) -}}
{{- $nearest := include "kubevigil.nearest" (list $name $names) -}}
{{- fail (printf "dashboards.disabled: no dashboard is called %q; did you mean %q? There are: %s" $name $nearest (join ", " $names)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
