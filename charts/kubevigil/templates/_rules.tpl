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
{{- if .Values.healthchecks.enabled }}
{{- /* health checks: what to run; read again where somebody else changed it meanwhile. */}}
- apiGroups: [activemonitor.keikoproj.io]
  resources: [healthchecks]
  verbs: [get, list, watch]
{{- /* how it ended; their specs are other people's. */}}
- apiGroups: [activemonitor.keikoproj.io]
  resources: [healthchecks/status]
  verbs: [patch]
{{- /* the runs; deleted where one did not end in its time. */}}
- apiGroups: [argoproj.io]
  resources: [workflows]
  verbs: [list, watch, create, delete]
{{- /* what is told of a check; patched to count what happens again. */}}
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- include "kubevigil.rightsOfChecks" . }}
{{- end }}
{{- end -}}

{{- /* For people: what comes on top of the exporter's own rights. */ -}}
{{- define "kubevigil.rightsToo" -}}
{{- if ne (toString .Values.config.capture) "off" -}}, get on pods and their logs, list on events{{- end -}}
{{- if .Values.healthchecks.enabled -}}, those of health checks{{- end -}}
{{- end -}}
