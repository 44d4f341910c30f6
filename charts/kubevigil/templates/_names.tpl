{{- /* Names. A Service's name may have 63 characters, and a label's value too. */ -}}

{{- define "kubevigil.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "kubevigil.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $whole := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $whole | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "kubevigil.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{- /* For objects outside the release's namespace, where another release may have the same name. */ -}}
{{- define "kubevigil.foreignName" -}}
{{- printf "%s:%s" (include "kubevigil.namespace" .) (include "kubevigil.fullname" .) -}}
{{- end -}}

{{- define "kubevigil.serviceAccount" -}}
{{- $default := .Values.serviceAccount.create | ternary (include "kubevigil.fullname" .) "default" -}}
{{- .Values.serviceAccount.name | default $default -}}
{{- end -}}

{{- define "kubevigil.claim" -}}
{{- .Values.persistence.existingClaim | default (include "kubevigil.fullname" .) -}}
{{- end -}}

{{- define "kubevigil.setupName" -}}
{{- printf "%s-setup" (include "kubevigil.fullname" . | trunc 57 | trimSuffix "-") -}}
{{- end -}}

{{- define "kubevigil.boardsName" -}}
{{- printf "%s-boards" (include "kubevigil.fullname" .) -}}
{{- end -}}

{{- define "kubevigil.testName" -}}
{{- printf "%s-test" (include "kubevigil.fullname" . | trunc 58 | trimSuffix "-") -}}
{{- end -}}

{{- define "kubevigil.image" -}}
{{- $registry := .Values.image.registry | default .Values.global.imageRegistry | trimSuffix "/" -}}
{{- $tagged := printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- $pinned := printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- list $registry (empty .Values.image.digest | ternary $tagged $pinned) | compact | join "/" -}}
{{- end -}}
