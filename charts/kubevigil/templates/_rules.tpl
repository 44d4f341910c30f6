{{- /* What the exporter may do, one block a capability. The table in the README says why each is needed. */ -}}

{{- define "kubevigil.rules" -}}
{{- /* pods: what happened to containers. */ -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
{{- if ne (toString .Values.config.capture) "off" }}
{{- /* crash logs: the pod is read again when its log is asked for, since only its status tells whose log that is. */}}
- apiGroups: [""]
  resources: [pods, pods/log]
  verbs: [get]
{{- /* what Kubernetes said of a pod that crashed. */}}
- apiGroups: [""]
  resources: [events]
  verbs: [list]
{{- end }}
{{- end -}}

{{- /* For people: what comes on top of the exporter's own rights. */ -}}
{{- define "kubevigil.logsToo" -}}
{{- if ne (toString .Values.config.capture) "off" -}}, get on pods and their logs, list on events{{- end -}}
{{- end -}}
