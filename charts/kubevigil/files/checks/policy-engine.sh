# Asks for two pods, and makes none of them (--dry-run=server): one that no policy should let in, one that each should.
pod() {
  cat <<END
{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "kubevigil-$1", "namespace": "$NAMESPACE"}, "spec": {
  "automountServiceAccountToken": false,
  "securityContext": {"runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
  "containers": [{"name": "main", "image": "$IMAGE", "securityContext": $2,
    "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "1m", "memory": "1Mi"}}}]}}
END
}
ask() { pod "$@" | api create --dry-run=server --validate=false --output=name --filename=- 2>&1; }

if told=$(ask privileged '{"privileged": true}'); then
  fail "a privileged pod is let into $NAMESPACE"
fi
case $told in
  *"violates PodSecurity"* | *"denied the request"* | *"denied request"*) ;;
  *) fail "a privileged pod is kept out of $NAMESPACE, and by no policy: $told" ;;
esac

told=$(ask harmless '{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}') ||
  fail "a harmless pod is kept out of $NAMESPACE: $told"
