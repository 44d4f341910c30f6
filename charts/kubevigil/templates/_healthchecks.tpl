{{- /* What health checks need beside rights: their kind, a lease, perhaps workflows in a ConfigMap. */ -}}

{{- /* The ConfigMap with workflows, if there is one to mount. */ -}}
{{- define "kubevigil.checkTemplates" -}}
{{- if .Values.healthchecks.enabled -}}{{- .Values.healthchecks.templates.existingConfigMap -}}{{- end -}}
{{- end -}}

{{- /*
The lease as NAMESPACE/NAME. One that watches namespaces has a lease of its own: of two such releases in one namespace
each must run its checks. Of two that watch the cluster only one must.
*/ -}}
{{- define "kubevigil.lease" -}}
{{- $default := empty .Values.namespaces | ternary "kubevigil" (include "kubevigil.fullname" .) | printf "%s-healthchecks" -}}
{{- $given := (.Values.config.checks).lease | default $default -}}
{{- contains "/" $given | ternary $given (printf "%s/%s" (include "kubevigil.namespace" .) $given) -}}
{{- end -}}

{{- /* Fails where the lease is no name that an object can have. */ -}}
{{- define "kubevigil.checkedLease" -}}
{{- $label := "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?" -}}
{{- $given := (.Values.config.checks).lease | default "" -}}
{{- if not (regexMatch (printf "^(|(%s/)?%s([.]%s)*)$" $label $label $label) $given) -}}
{{- fail (printf "config.checks.lease: %q is no name of a Lease: NAME or NAMESPACE/NAME, in lower-case letters, digits, '-' and '.'" $given) -}}
{{- end -}}
{{- end -}}

{{- /* YAML: the kind, as a CustomResourceDefinition. */ -}}
{{- define "kubevigil.checkKind" -}}
{{- .Files.Get "files/crd-healthchecks.yaml" -}}
{{- end -}}

{{- /*
Whose the kind is: `nobody` (it is not there, or the cluster cannot be asked), `ours`, `RELEASE in NAMESPACE`, or `others`.
It is ours under the conditions of Helm, which fails an installation over what is there and is not ours; so what an
uninstalled release of the same name kept is ours again.
*/ -}}
{{- define "kubevigil.checkKindOwner" -}}
{{- $name := (include "kubevigil.checkKind" . | fromYaml).metadata.name -}}
{{- $there := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $name -}}
{{- $by := dig "metadata" "annotations" dict $there -}}
{{- $release := get $by "meta.helm.sh/release-name" -}}
{{- $namespace := get $by "meta.helm.sh/release-namespace" -}}
{{- if not $there -}}
nobody
{{- else if or (not $release) (ne (dig "metadata" "labels" "app.kubernetes.io/managed-by" "" $there) "Helm") -}}
others
{{- else if and (eq $release .Release.Name) (eq $namespace .Release.Namespace) -}}
ours
{{- else -}}
{{ $release }} in {{ $namespace }}
{{- end -}}
{{- end -}}
