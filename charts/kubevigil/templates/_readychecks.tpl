{{- /*
Ready-made checks. Each is a file of facts in files/checks and a script beside it; here they become a HealthCheck with
an Argo workflow, and an account with the rights that its facts name.

Facts: `description`; `script`, a file; `timeout` in seconds; `env`; `roles`, rules by namespace; `everyNode`, whether
it runs on each node; `claim`, the spec of a PersistentVolumeClaim at /claim; `pulls`, an image to run in and to pull;
`remedy`, with script, timeout, env and roles of its own. They see `.check`, its values, `.home`, its namespace,
`.name`, its own, and `.image`.
*/ -}}

{{- /* YAML: the names, by the key in values.yaml, of the checks that are on. */ -}}
{{- define "kubevigil.readyChecks" -}}
{{- range $key, $check := .Values.checks }}
{{- if kindIs "map" $check }}
{{- if $check.enabled }}
{{ $key }}: {{ kebabcase $key }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Fails where checks are on that nobody would run. */ -}}
{{- define "kubevigil.checkedReady" -}}
{{- $on := include "kubevigil.readyChecks" . | fromYaml | keys | sortAlpha -}}
{{- $home := include "kubevigil.namespace" . -}}
{{- if and $on (not .Values.healthchecks.enabled) -}}
{{- fail (printf "checks.%s.enabled needs healthchecks.enabled: without it nobody runs the check" (first $on)) -}}
{{- end -}}
{{- if and $on .Values.namespaces (not (has $home .Values.namespaces)) -}}
{{- fail (printf "checks.%s.enabled: the check is in %s, which namespaces does not name, so nobody would run it" (first $on) $home) -}}
{{- end -}}
{{- end -}}

{{- /*
Not empty where a cluster was asked and does not know the kind: Helm makes nothing at all of a release with an object of
a kind that is not there yet, even if the release makes the kind. Only a cluster has apiregistration.k8s.io; whoever
renders without one gets the checks.
*/ -}}
{{- define "kubevigil.readyTooEarly" -}}
{{- $known := .Capabilities.APIVersions -}}
{{- $kind := "activemonitor.keikoproj.io/v1alpha1/HealthCheck" -}}
{{- if and ($known.Has "apiregistration.k8s.io/v1") (not ($known.Has $kind)) -}}
yes
{{- end -}}
{{- end -}}

{{- /* For people: which are there, in one line. */ -}}
{{- define "kubevigil.readyShown" -}}
{{- $on := include "kubevigil.readyChecks" . | fromYaml | values | sortAlpha | join ", " -}}
{{- if not $on -}}
no check is the chart's own: each has a value, checks.NAME.enabled
{{- else if include "kubevigil.readyTooEarly" . -}}
not made yet, for the kind HealthCheck was not there; once more makes them: {{ $on }}
{{- else -}}
checks of the chart's own: {{ $on }}
{{- end -}}
{{- end -}}

{{- /* A check's name, which is also its account's; takes `root` and `key`. */ -}}
{{- define "kubevigil.readyName" -}}
{{- printf "%s-%s" (include "kubevigil.fullname" .root | trunc 40 | trimSuffix "-") (kebabcase .key) -}}
{{- end -}}

{{- /* YAML: `config.checks.service_accounts` with the accounts of these checks; without them where it lists none. */ -}}
{{- define "kubevigil.listedAccounts" -}}
{{- $listed := (.Values.config.checks).service_accounts | default list -}}
{{- if $listed -}}
{{- $home := include "kubevigil.namespace" . -}}
{{- range $key := include "kubevigil.readyChecks" . | fromYaml | keys | sortAlpha -}}
{{- $account := printf "%s/%s" $home (include "kubevigil.readyName" (dict "root" $ "key" $key)) -}}
{{- $listed = append $listed $account -}}
{{- if ((get $.Values.checks $key).remedy).enabled -}}
{{- $listed = append $listed (printf "%s-remedy" $account) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "accounts" $listed) -}}
{{- end -}}

{{- /* The objects of one check; takes `root` and `key`. */ -}}
{{- define "kubevigil.readyCheck" -}}
{{- $short := kebabcase .key -}}
{{- $check := get .root.Values.checks .key -}}
{{- $home := include "kubevigil.namespace" .root -}}
{{- $name := include "kubevigil.readyName" . -}}
{{- $seen := dict "check" $check "home" $home "name" $name "image" .root.Values.checks.image "Template" .root.Template -}}
{{- $facts := tpl (.root.Files.Get (printf "files/checks/%s.yaml" $short)) $seen | fromYaml -}}
{{- with $facts.Error }}{{ fail (printf "files/checks/%s.yaml: %s" $short .) }}{{ end -}}
{{- $run := dict "root" .root "home" $home "name" $name "prefix" $short "facts" $facts -}}
{{- include "kubevigil.readyAccount" $run }}
{{- $repair := dict }}
{{- with $facts.remedy }}
{{- $repair = dict "root" $.root "home" $home "name" (printf "%s-remedy" $name) "prefix" (printf "%s-remedy" $short) "facts" . }}
{{- include "kubevigil.readyAccount" $repair }}
{{- end }}
---
apiVersion: activemonitor.keikoproj.io/v1alpha1
kind: HealthCheck
metadata:
  {{- include "kubevigil.readyMetadata" $run | nindent 2 }}
spec:
  description: {{ $facts.description | quote }}
  repeatAfterSec: {{ int $check.repeatAfterSec }}
  level: namespace
  workflow:
    {{- include "kubevigil.readyWorkflow" $run | nindent 4 }}
  {{- if $repair }}
  {{- /* Where one does not help, neither do two. */}}
  remedyRunsLimit: 1
  remedyResetInterval: {{ int $check.remedy.resetInterval }}
  remedyworkflow:
    {{- include "kubevigil.readyWorkflow" $repair | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "kubevigil.readyMetadata" -}}
name: {{ .name | quote }}
namespace: {{ .home | quote }}
labels:
  {{- include "kubevigil.labels" .root | nindent 2 }}
{{- end -}}

{{- /* Rules by namespace; the empty one stands for the whole cluster. */ -}}
{{- define "kubevigil.readyRoles" -}}
{{- $roles := deepCopy (.facts.roles | default dict) -}}
{{- /* Argo's executor tells a pod's end so. */ -}}
{{- $executor := dict "apiGroups" (list "argoproj.io") "resources" (list "workflowtaskresults") "verbs" (list "create" "patch") -}}
{{- $_ := set $roles .home (append (get $roles .home | default list) $executor) -}}
{{- if .facts.everyNode -}}
{{- $_ := set $roles "" (list (dict "apiGroups" (list "") "resources" (list "nodes") "verbs" (list "list"))) -}}
{{- end -}}
{{- toYaml $roles -}}
{{- end -}}

{{- /* The service account of a workflow, and what it may do. */ -}}
{{- define "kubevigil.readyAccount" -}}
{{- $run := . }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "kubevigil.readyMetadata" . | nindent 2 }}
{{- if .root.Values.rbac.create }}
{{- range $namespace, $rules := include "kubevigil.readyRoles" . | fromYaml }}
{{- $own := eq $namespace $run.home }}
{{- $name := $own | ternary $run.name (printf "%s:%s" $run.home $run.name) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ empty $namespace | ternary "ClusterRole" "Role" }}
metadata:
  name: {{ $name | quote }}
  {{- with $namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "kubevigil.labels" $run.root | nindent 4 }}
rules:
  {{- toYaml $rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ empty $namespace | ternary "ClusterRoleBinding" "RoleBinding" }}
metadata:
  name: {{ $name | quote }}
  {{- with $namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "kubevigil.labels" $run.root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ empty $namespace | ternary "ClusterRole" "Role" }}
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $run.name | quote }}
    namespace: {{ $run.home | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* `workflow` or `remedyworkflow` of a HealthCheck. */ -}}
{{- define "kubevigil.readyWorkflow" -}}
generateName: {{ printf "%s-" .prefix | quote }}
workflowtimeout: {{ .facts.timeout }}
resource:
  namespace: {{ .home | quote }}
  serviceAccount: {{ .name | quote }}
  source:
    inline: |
      {{- include "kubevigil.readyTemplate" . | nindent 6 }}
{{- end -}}

{{- /* An Argo workflow: one pod, or one on each node. */ -}}
{{- define "kubevigil.readyTemplate" -}}
apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: {{ empty .facts.everyNode | ternary "check" "nodes" }}
  # An hour after a success, a day after a failure.
  ttlStrategy: {secondsAfterSuccess: 3600, secondsAfterFailure: 86400}
  securityContext:
    {{- include "kubevigil.podSecurityContext" (list .root .root.Values.checks.podSecurityContext) | nindent 4 }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumes:
    - {name: scratch, emptyDir: {sizeLimit: 64Mi}}
  {{- with .facts.claim }}
  volumeClaimGC: {strategy: OnWorkflowCompletion}
  volumeClaimTemplates:
    - metadata: {name: claim}
      spec:
        {{- toYaml . | nindent 8 }}
  {{- end }}
  {{- if .facts.everyNode }}
  # Nodes at a time.
  parallelism: 10
  {{- end }}
  templates:
    {{- if .facts.everyNode }}
    - name: nodes
      steps:
        - - {name: list, template: list}
        - - name: node
            template: check
            withParam: {{ "{{steps.list.outputs.result}}" | quote }}
            arguments: {parameters: [{name: host, value: {{ "{{item}}" | quote }}}]}
    - name: list
      container:
        {{- include "kubevigil.readyContainer" (merge (dict "script" "nodes.sh") .) | nindent 8 }}
    {{- end }}
    - name: check
      {{- if .facts.everyNode }}
      inputs: {parameters: [{name: host}]}
      nodeSelector: {kubernetes.io/hostname: {{ "{{inputs.parameters.host}}" | quote }}}
      tolerations: [{operator: Exists}]
      {{- end }}
      container:
        {{- include "kubevigil.readyContainer" (merge (dict "script" .facts.script) .) | nindent 8 }}
{{- end -}}

{{- /* Takes also `script`, the file's name. */ -}}
{{- define "kubevigil.readyContainer" -}}
image: {{ .facts.pulls | default .root.Values.checks.image | quote }}
{{- if .facts.pulls }}
imagePullPolicy: Always
{{- end }}
command: [sh, -c]
args:
  - |
    {{- .root.Files.Get "files/checks/prelude.sh" | trim | nindent 4 }}

    {{- .root.Files.Get (printf "files/checks/%s" .script) | trim | nindent 4 }}
env:
  - {name: HOME, value: /scratch}
  - {name: SAID, value: /dev/termination-log}
  - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
  {{- if .facts.claim }}
  - {name: WHERE, value: the claim}
  {{- else }}
  - {name: WHERE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
  {{- end }}
  {{- range $name, $value := .facts.env }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources:
  requests: {cpu: 10m, memory: 32Mi}
  limits: {memory: 128Mi}
volumeMounts:
  - {name: scratch, mountPath: /scratch}
  {{- if .facts.claim }}
  - {name: claim, mountPath: /claim}
  {{- end }}
{{- end -}}
