# Takes away pods that have failed for good, such as those that a full node evicted: nothing in them runs any more.
for namespace in $NAMESPACES; do
  told=$(api --namespace "$namespace" delete pods --field-selector=status.phase=Failed --wait=false 2>&1) ||
    fail "$namespace: $told"
  echo "$namespace: $told"
done
