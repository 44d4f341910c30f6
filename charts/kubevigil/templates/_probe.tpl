{{- /* How the kubelet asks. Takes a list: the root, the path. */ -}}

{{- define "kubevigil.probe" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.web.clientCertificates -}}
tcpSocket:
  port: metrics
{{- else -}}
httpGet:
  path: {{ index . 1 }}
  port: metrics
  scheme: {{ $root.Values.web.tls | ternary "HTTPS" "HTTP" }}
{{- end -}}
{{- end -}}
