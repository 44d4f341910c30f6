{{- /* What an installation tells of health checks. */ -}}

{{- define "kubevigil.checksShown" -}}
{{- $values := .Values.healthchecks -}}
{{- $namespace := include "kubevigil.namespace" . -}}
{{- if not $values.enabled -}}
off: healthchecks.enabled is false
{{- else -}}
run as Argo workflows by whoever holds the Lease {{ include "kubevigil.lease" . }}
{{ include "kubevigil.checkKindShown" . }}
{{ include "kubevigil.readyShown" . }}
{{- with include "kubevigil.rightsShown" . }}
{{ . }}
{{- end }}
{{- if not (.Capabilities.APIVersions.Has "argoproj.io/v1alpha1/Workflow") }}
missing: Argo Workflows; until it is there no check can run
{{- end }}
{{- with $values.templates.existingConfigMap }}
{{- if and (lookup "v1" "Namespace" "" $namespace) (not (lookup "v1" "ConfigMap" $namespace .)) }}
missing: the ConfigMap {{ . }} in the namespace {{ $namespace }}; until it is there checks with source.file fail
{{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "kubevigil.checkKindShown" -}}
{{- $file := "CHART/files/crd-healthchecks.yaml" -}}
{{- if .Values.healthchecks.crd.create -}}
{{- $owner := include "kubevigil.checkKindOwner" . -}}
{{- if has $owner (list "nobody" "ours") -}}
the kind HealthCheck is this release's; it stays when the release goes
{{- else if eq $owner "others" -}}
the kind HealthCheck was there, and is left as it is. This version's, which refuses checks that cannot run:
kubectl apply --server-side --force-conflicts -f {{ $file }}
Where active-monitor runs, stop it: each would run every check.
{{- else -}}
the kind HealthCheck is of the release {{ $owner }}, and is left to it
{{- end -}}
{{- else if .Capabilities.APIVersions.Has "activemonitor.keikoproj.io/v1alpha1/HealthCheck" -}}
the kind HealthCheck is there
{{- else -}}
missing: the kind HealthCheck; until it is there the pod is not ready, and no check can be made:
kubectl apply --server-side -f {{ $file }}
{{- end -}}
{{- end -}}
