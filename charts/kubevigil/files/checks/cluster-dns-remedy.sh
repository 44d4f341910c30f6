# Replaces the pods of the DNS, one after another.
told=$(api --namespace "$NAMESPACE" rollout restart "deployment/$DEPLOYMENT" 2>&1) || fail "$told"
told=$(kubectl --namespace "$NAMESPACE" rollout status "deployment/$DEPLOYMENT" --timeout=120s 2>&1) || fail "$told"
