{{- /* What both containers have, and the second one: the log sidecar. */ -}}

{{- /* Environment: they read the same settings. */ -}}
{{- define "kubevigil.env" -}}
{{- if .Values.store.existingSecret }}
- name: KUBEVIGIL_STORE_FILE
  value: /etc/kubevigil/store/url
{{- end }}
{{- with .Values.extraEnv }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end -}}

{{- define "kubevigil.mounts" -}}
- name: settings
  mountPath: /etc/kubevigil/settings
  readOnly: true
- name: data
  mountPath: /var/lib/kubevigil
{{- if .Values.store.existingSecret }}
- name: store
  mountPath: /etc/kubevigil/store
  readOnly: true
{{- end }}
{{- if .Values.web.existingSecret }}
- name: web
  mountPath: /etc/kubevigil/web
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end -}}

{{- /*
The sidecar. It has no readiness probe: a server that is away is no reason to call the pod unready. What the pod shares
with it is the store.
*/ -}}
{{- define "kubevigil.ship" -}}
- name: ship
  image: {{ include "kubevigil.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args:
    - ship
    - --config=/etc/kubevigil/settings/settings.yaml
  {{- $own := include "kubevigil.elasticsearchEnv" (list . .Values.elasticsearch) }}
  {{- with printf "%s%s" $own (include "kubevigil.env" .) | trim }}
  env:
    {{- . | nindent 4 }}
  {{- end }}
  ports:
    - name: ship
      containerPort: 8081
      protocol: TCP
  startupProbe:
    {{- include "kubevigil.probe" (list . "ship" "/healthz") | nindent 4 }}
    {{- toYaml .Values.startupProbe | nindent 4 }}
  livenessProbe:
    {{- include "kubevigil.probe" (list . "ship" "/healthz") | nindent 4 }}
    {{- toYaml .Values.livenessProbe | nindent 4 }}
  securityContext:
    {{- toYaml .Values.securityContext | nindent 4 }}
  {{- with .Values.elasticsearch.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    {{- include "kubevigil.mounts" . | nindent 4 }}
    - name: ship-tmp
      mountPath: /tmp
    # In the place of the account's token, which is the exporter's alone.
    - name: no-token
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
    {{- if include "kubevigil.elasticsearchVolume" (list . .Values.elasticsearch) }}
    {{- include "kubevigil.elasticsearchMount" . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "kubevigil.shipVolumes" -}}
- name: ship-tmp
  emptyDir:
    sizeLimit: 64Mi
- name: no-token
  emptyDir:
    sizeLimit: 1Mi
{{- with include "kubevigil.elasticsearchVolume" (list . .Values.elasticsearch) }}
{{ . }}
{{- end }}
{{- end -}}
