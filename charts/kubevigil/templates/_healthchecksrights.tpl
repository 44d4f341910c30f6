{{- /* The rights to make service accounts and roles for checks, and what these may be given. Off unless asked for. */ -}}

{{- /* How far rights of checks reach: `off`, `namespace` or `cluster`. An `off` of YAML 1.1 is false. */ -}}
{{- define "kubevigil.rightsLevel" -}}
{{- $level := toString .Values.healthchecks.rights.level -}}
{{- and .Values.healthchecks.enabled (ne $level "false") | ternary $level "off" -}}
{{- end -}}

{{- define "kubevigil.rightsOfChecks" -}}
{{- $level := include "kubevigil.rightsLevel" . -}}
{{- if ne $level "off" }}
{{- /* accounts of checks: made, and deleted when no check has them. */}}
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, create, delete]
{{- /* what they may do; never `escalate` and `bind`, so nothing that is not held here can be given. */}}
- apiGroups: [rbac.authorization.k8s.io]
  resources:
    - roles
    - rolebindings
    {{- if eq $level "cluster" }}
    - clusterroles
    - clusterrolebindings
    {{- end }}
  verbs: [get, list, create, patch, delete]
{{- /* held so that it can be given: Argo's executor needs it in every workflow. */}}
- apiGroups: [argoproj.io]
  resources: [workflowtaskresults]
  verbs: [create, patch]
{{- /* held so that it can be given: what a check without rbacRules may read. */}}
- apiGroups: [""]
  resources:
    - pods
    - events
    - services
    - endpoints
    {{- if eq $level "cluster" }}
    - nodes
    - namespaces
    {{- end }}
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments, replicasets, statefulsets, daemonsets]
  verbs: [get, list, watch]
- apiGroups: [argoproj.io]
  resources: [workflows]
  verbs: [get, list, watch]
{{- with .Values.healthchecks.rights.rules }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* For people: empty where no accounts are made. */ -}}
{{- define "kubevigil.rightsShown" -}}
{{- $level := include "kubevigil.rightsLevel" . -}}
{{- if ne $level "off" -}}
service accounts and roles are made for checks, level {{ $level }}: who may write a check can give out what is held for them
{{- end -}}
{{- end -}}

{{- /* Fails where rights are asked for that cannot be given, or that nobody uses. */ -}}
{{- define "kubevigil.checkedRights" -}}
{{- $rights := .Values.healthchecks.rights -}}
{{- if and (eq (toString $rights.level) "cluster") .Values.namespaces -}}
{{- fail "healthchecks.rights.level is cluster, and namespaces names some: a Role gives no rights in the whole cluster; set it to namespace, or name no namespaces" -}}
{{- end -}}
{{- if and $rights.rules (eq (include "kubevigil.rightsLevel" .) "off") -}}
{{- fail "healthchecks.rights.rules are given to nobody while healthchecks.rights.level is off or healthchecks.enabled is false" -}}
{{- end -}}
{{- end -}}
