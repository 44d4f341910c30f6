{{- /* Who chooses the ids that pods run with. */ -}}

{{- /* Whether OpenShift does: its SCC "restricted-v2" refuses a pod that asks for ids of its own. */ -}}
{{- define "kubevigil.openshift" -}}
{{- $there := .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}
{{- if eq (toString .Values.openshift) "auto" | ternary $there .Values.openshift -}}yes{{- end -}}
{{- end -}}

{{- /* YAML: a pod's security context. Takes a list: the root, what the values say. */ -}}
{{- define "kubevigil.podSecurityContext" -}}
{{- $context := index . 1 -}}
{{- if include "kubevigil.openshift" (index . 0) -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}
