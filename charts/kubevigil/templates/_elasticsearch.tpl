{{- /* How the sidecar, and the Job that sets up the server, reach Elasticsearch or OpenSearch. */ -}}

{{- /* Whether crashes are sent: then there is a sidecar. */ -}}
{{- define "kubevigil.ships" -}}
{{- if (.Values.config.elasticsearch).hosts | default list | compact -}}yes{{- end -}}
{{- end -}}

{{- /* YAML: existingSecret, auth, key, username of the Job: the sidecar's, where it has no Secret of its own. */ -}}
{{- define "kubevigil.setupCredentials" -}}
{{- empty .Values.elasticsearch.setup.existingSecret | ternary .Values.elasticsearch .Values.elasticsearch.setup | toYaml -}}
{{- end -}}

{{- /* The key of the secret itself. Takes the credentials. */ -}}
{{- define "kubevigil.credentialKey" -}}
{{- .key | default (get (dict "basic" "password" "apiKey" "apiKey" "bearerToken" "bearerToken" "aws" "credentials") .auth) -}}
{{- end -}}

{{- /* Environment. Takes a list: the root, the credentials. */ -}}
{{- define "kubevigil.elasticsearchEnv" -}}
{{- $credentials := index . 1 -}}
{{- with $credentials.existingSecret }}
{{- if eq $credentials.auth "basic" }}
- name: KUBEVIGIL_ELASTICSEARCH_USERNAME
  {{- if $credentials.username }}
  value: {{ $credentials.username | quote }}
  {{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ . | quote }}
      key: username
  {{- end }}
{{- end }}
{{- if eq $credentials.auth "aws" }}
- name: AWS_SHARED_CREDENTIALS_FILE
{{- else }}
{{- $variable := get (dict "basic" "PASSWORD" "apiKey" "API_KEY" "bearerToken" "BEARER_TOKEN") $credentials.auth }}
- name: KUBEVIGIL_ELASTICSEARCH_{{ $variable }}_FILE
{{- end }}
  value: /etc/kubevigil/elasticsearch/credential
{{- end }}
{{- if (index . 0).Values.elasticsearch.ca.existingSecret }}
- name: KUBEVIGIL_ELASTICSEARCH_CA_FILE
  value: /etc/kubevigil/elasticsearch/ca.crt
{{- end }}
{{- end -}}

{{- define "kubevigil.elasticsearchMount" -}}
- name: elasticsearch
  mountPath: /etc/kubevigil/elasticsearch
  readOnly: true
{{- end -}}

{{- /*
The volume of that mount, if it holds anything. Takes a list: the root, the credentials. Optional, since a Secret that is
missing must not keep the exporter from starting; who needs it then says so.
*/ -}}
{{- define "kubevigil.elasticsearchVolume" -}}
{{- $credentials := index . 1 -}}
{{- $ca := (index . 0).Values.elasticsearch.ca -}}
{{- if or $credentials.existingSecret $ca.existingSecret -}}
- name: elasticsearch
  projected:
    defaultMode: 0440
    sources:
      {{- with $credentials.existingSecret }}
      - secret:
          name: {{ . | quote }}
          optional: true
          items:
            - key: {{ include "kubevigil.credentialKey" $credentials | quote }}
              path: credential
      {{- end }}
      {{- with $ca.existingSecret }}
      - secret:
          name: {{ . | quote }}
          optional: true
          items:
            - key: {{ $ca.key | quote }}
              path: ca.crt
      {{- end }}
{{- end -}}
{{- end -}}

{{- /* YAML: the ports of the hosts, each once. 9200 where a host has none, as the sidecar takes it. */ -}}
{{- define "kubevigil.hostPorts" -}}
{{- $ports := list -}}
{{- range compact .Values.config.elasticsearch.hosts -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default "9200" | int) -}}
{{- end -}}
{{- $ports | uniq | toYaml -}}
{{- end -}}

{{- /* Fails where `elasticsearch` contradicts itself, with all of it. No host is shown, since it may hold a password. */ -}}
{{- define "kubevigil.checkedElasticsearch" -}}
{{- $values := .Values.elasticsearch -}}
{{- $faults := list -}}
{{- range (.Values.config.elasticsearch).hosts -}}
{{- if contains "@" . -}}
{{- $faults = append $faults "config.elasticsearch.hosts: a URL there has no user or password; elasticsearch.existingSecret is for these" -}}
{{- end -}}
{{- end -}}
{{- if not (include "kubevigil.ships" .) -}}
{{- $idle := dict "existingSecret" $values.existingSecret "ca.existingSecret" $values.ca.existingSecret "setup.enabled" $values.setup.enabled -}}
{{- range $key, $given := $idle -}}
{{- if $given -}}
{{- $faults = append $faults (printf "elasticsearch.%s is not used while config.elasticsearch.hosts is empty: say there where to send crashes, or take it out" $key) -}}
{{- end -}}
{{- end -}}
{{- else if eq (int .Values.service.port) (int .Values.service.shipPort) -}}
{{- $faults = append $faults "service.port and service.shipPort are the same: give one of them another" -}}
{{- end -}}
{{- range $where, $credentials := dict "elasticsearch" $values "elasticsearch.setup" $values.setup -}}
{{- if and $credentials.username (not $credentials.existingSecret) -}}
{{- $faults = append $faults (printf "%s.username needs %s.existingSecret, which holds the password" $where $where) -}}
{{- else if and $credentials.username (ne $credentials.auth "basic") -}}
{{- $faults = append $faults (printf "%s.username belongs to auth basic, and %s.auth is %s: take one out" $where $where $credentials.auth) -}}
{{- end -}}
{{- end -}}
{{- $faults = include "kubevigil.awsFaults" . | fromYamlArray | concat $faults -}}
{{- if $faults -}}
{{- fail (uniq $faults | join "\n") -}}
{{- end -}}
{{- end -}}

{{- /* The region that requests are signed for, or nothing. */ -}}
{{- define "kubevigil.awsRegion" -}}
{{- (.Values.config.elasticsearch).aws_region | default "" -}}
{{- end -}}

{{- /* Whether the Job signs for AWS, as the sidecar does: it may have a user of its own. Takes a list: the root, the credentials. */ -}}
{{- define "kubevigil.setupSignsForAws" -}}
{{- if and (include "kubevigil.awsRegion" (index . 0)) (eq (index . 1).auth "aws") -}}yes{{- end -}}
{{- end -}}

{{- /* YAML: what contradicts itself about signing for AWS. */ -}}
{{- define "kubevigil.awsFaults" -}}
{{- $values := .Values.elasticsearch -}}
{{- $region := include "kubevigil.awsRegion" . -}}
{{- $faults := list -}}
{{- if and $region $values.existingSecret (ne $values.auth "aws") -}}
{{- $faults = append $faults (printf "config.elasticsearch.aws_region signs for AWS, and elasticsearch.auth is %s: set it to aws, or take one out" $values.auth) -}}
{{- end -}}
{{- range $where, $credentials := dict "elasticsearch" $values "elasticsearch.setup" $values.setup -}}
{{- if and (eq $credentials.auth "aws") (not $region) -}}
{{- $faults = append $faults (printf "%s.auth is aws: give config.elasticsearch.aws_region" $where) -}}
{{- end -}}
{{- end -}}
{{- if and $region $values.setup.enabled (not $values.existingSecret) (not $values.setup.existingSecret) -}}
{{- $faults = append $faults "elasticsearch.setup.enabled: the Job runs before the service account with its role is there; give elasticsearch.setup.existingSecret, or run setup in the sidecar once (docs/elasticsearch.md)" -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}
