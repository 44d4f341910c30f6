# Which pods of NAMESPACES are unwell, and stay so for a minute: a rollout takes some time.
unwell() {
  for namespace; do
    pods=$(api --namespace "$namespace" get pods --no-headers 2>&1) || fail "$namespace: $pods"
    echo "$pods" | awk -v home="$namespace" '
      $2 !~ /^[0-9]+\/[0-9]+$/ || $3 == "Completed" { next }
      { split($2, containers, "/") }
      $3 != "Running" || containers[1] != containers[2] {
        print home "/" $1 " is " $3 ", " $2 " containers ready"
      }
    '
  done
}

for seconds in 0 10 10 10 10 10 10; do
  sleep "$seconds"
  found=$(unwell $NAMESPACES)
  [ -n "$found" ] || exit 0
done
fail "$found"
