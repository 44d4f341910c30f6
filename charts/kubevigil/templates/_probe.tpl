{{- /* How the kubelet asks. Takes a list: the root, the port's name, the path. */ -}}

{{- define "kubevigil.probe" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.web.clientCertificates -}}
tcpSocket:
  port: {{ index . 1 }}
{{- else -}}
httpGet:
  path: {{ index . 2 }}
  port: {{ index . 1 }}
  scheme: {{ $root.Values.web.tls | ternary "HTTPS" "HTTP" }}
{{- end -}}
{{- end -}}
