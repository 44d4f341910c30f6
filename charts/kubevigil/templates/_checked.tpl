{{- /* What contradicts itself, where the schema cannot see it. Prints nothing; fails with what to do. */ -}}

{{- define "kubevigil.checked" -}}
{{- $name := include "kubevigil.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "a Service cannot be named %q: lower-case letters, digits and '-', a letter first; set fullnameOverride" $name) -}}
{{- end -}}
{{- $web := .Values.web -}}
{{- if and (or $web.tls $web.clientCertificates) (not $web.existingSecret) -}}
{{- fail "web.tls and web.clientCertificates say what web.existingSecret's file does: name that Secret, or turn them off" -}}
{{- end -}}
{{- if and $web.clientCertificates (not $web.tls) -}}
{{- fail "web.clientCertificates needs web.tls: client certificates are part of TLS" -}}
{{- end -}}
{{- if and .Values.persistence.existingClaim (not .Values.persistence.enabled) -}}
{{- fail "persistence.existingClaim is not used while persistence.enabled is false: set it to true, or name no claim" -}}
{{- end -}}
{{- range $.Values.config.ignore_namespaces -}}
{{- if has . $.Values.namespaces -}}
{{- fail (printf "namespaces and config.ignore_namespaces both have %q: take it out of one" .) -}}
{{- end -}}
{{- end -}}
{{- include "kubevigil.checkedLease" . -}}
{{- include "kubevigil.checkedRights" . -}}
{{- include "kubevigil.checkedElasticsearch" . -}}
{{- include "kubevigil.checkedRules" . -}}
{{- include "kubevigil.checkedDashboards" . -}}
{{- include "kubevigil.checkedSlack" . -}}
{{- end -}}
