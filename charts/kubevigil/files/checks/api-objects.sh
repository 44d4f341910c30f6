# Makes a ConfigMap, reads it, deletes it. It has one name, which is all that the account may read and delete.
told=$(api delete configmap "$OBJECT" --ignore-not-found --wait=false 2>&1) || fail "of an earlier run: $told"
told=$(api create configmap "$OBJECT" --from-literal="pod=$POD" 2>&1) || fail "create: $told"
told=$(api get configmap "$OBJECT" --output='jsonpath={.data.pod}' 2>&1) || fail "get: $told"
[ "$told" = "$POD" ] || fail "get: $POD was written, and '$told' is read"
told=$(api delete configmap "$OBJECT" --wait=false 2>&1) || fail "delete: $told"
told=$(api get configmap "$OBJECT" --ignore-not-found --output=name 2>&1) || fail "get: $told"
[ -z "$told" ] || fail "$told is still there after it was deleted"
