{{- /* Labels. Those of the selector never change over a release's life. */ -}}

{{- define "kubevigil.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kubevigil.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "kubevigil.labels" -}}
{{- $own := include "kubevigil.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) -}}
{{- merge $own .Values.commonLabels | toYaml -}}
{{- end -}}

{{- /* Without helm.sh/chart: a new version of the chart alone must not restart the pod. */ -}}
{{- define "kubevigil.podLabels" -}}
{{- $own := include "kubevigil.selectorLabels" . | fromYaml -}}
{{- merge $own .Values.podLabels .Values.commonLabels | toYaml -}}
{{- end -}}

{{- define "kubevigil.metadata" -}}
name: {{ include "kubevigil.fullname" . | quote }}
namespace: {{ include "kubevigil.namespace" . | quote }}
labels:
  {{- include "kubevigil.labels" . | nindent 2 }}
{{- end -}}
