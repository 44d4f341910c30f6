{{- /* What an installation tells of the log sidecar. */ -}}

{{- define "kubevigil.shipShown" -}}
{{- if not (include "kubevigil.ships" .) -}}
kept in the store, and sent nowhere: config.elasticsearch.hosts is empty
{{- else -}}
{{- $values := .Values.elasticsearch -}}
{{- $namespace := include "kubevigil.namespace" . -}}
sent by the container ship to {{ join ", " .Values.config.elasticsearch.hosts }}
{{- if $values.existingSecret }}
signed by the key {{ include "kubevigil.credentialKey" $values }} of the Secret {{ $values.existingSecret }}
{{- else if include "kubevigil.awsRegion" . }}
signed for AWS, region {{ include "kubevigil.awsRegion" . }}, by the role of the service account or of the machine
{{- else }}
not signed: elasticsearch.existingSecret is empty
{{- end }}
{{- $missing := (include "kubevigil.shipLacking" . | fromYaml).sentences }}
{{- range $missing }}
missing: {{ . }} in the namespace {{ $namespace }}; until it is there nothing is sent
{{- end }}
{{- if $values.boards.enabled }}
boards for Kibana or OpenSearch Dashboards, to be imported there under Saved Objects:
kubectl -n {{ $namespace }} get configmap {{ include "kubevigil.boardsName" . }} -o jsonpath='{.data.boards\.ndjson}' > boards.ndjson
{{- end }}
{{- if $values.setup.enabled }}
set up by the Job {{ include "kubevigil.setupName" . }}
{{- else }}
Index template and retention, once, by credentials that may (docs/elasticsearch.md):
kubectl -n {{ $namespace }} exec deployment/{{ include "kubevigil.fullname" . }} -c ship -- kubevigil elasticsearch setup --config=/etc/kubevigil/settings/settings.yaml
{{- end }}
{{- end -}}
{{- end -}}

{{- /*
YAML: sentences. A namespace that cannot be seen says nothing: `helm template` sees none. Of a Secret only the names of
its keys are looked at.
*/ -}}
{{- define "kubevigil.shipLacking" -}}
{{- $values := .Values.elasticsearch -}}
{{- $namespace := include "kubevigil.namespace" . -}}
{{- $needed := list -}}
{{- with $values.existingSecret -}}
{{- $needed = append $needed (list . (include "kubevigil.credentialKey" $values)) -}}
{{- if and (eq $values.auth "basic") (not $values.username) -}}
{{- $needed = append $needed (list . "username") -}}
{{- end -}}
{{- end -}}
{{- with $values.ca.existingSecret -}}
{{- $needed = append $needed (list . $values.ca.key) -}}
{{- end -}}
{{- $sentences := list -}}
{{- if and $needed (lookup "v1" "Namespace" "" $namespace) -}}
{{- range $needed -}}
{{- $found := lookup "v1" "Secret" $namespace (index . 0) -}}
{{- if not $found -}}
{{- $sentences = append $sentences (printf "the Secret %s" (index . 0)) -}}
{{- else if not (hasKey ($found.data | default dict) (index . 1)) -}}
{{- $sentences = append $sentences (printf "the key %s of the Secret %s" (index . 1) (index . 0)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "sentences" (uniq $sentences) | toYaml -}}
{{- end -}}
