# Who is known is known by the right name and may do what its role says and no more; who is not is turned away.
told=$(api auth whoami --output='jsonpath={.status.userInfo.username}' 2>&1) || fail "whoami: $told"
[ "$told" = "$ACCOUNT" ] || fail "the API server takes $ACCOUNT for '$told'"

told=$(api get configmap kube-root-ca.crt --output=name 2>&1) || fail "what a role allows is refused: $told"

if told=$(api get secrets --output=name 2>&1); then
  fail "$ACCOUNT may list Secrets, and has no role that says so"
fi
case $told in
  *[Ff]orbidden*) ;;
  *) fail "Secrets are not refused for want of a right: $told" ;;
esac

# Nobody's token.
if told=$(api --server="https://$SERVER" --certificate-authority="$CA" --token=nobodys get --raw /version 2>&1); then
  fail "the API server takes a token that nobody has"
fi
case $told in
  *"logged in"* | *[Uu]nauthorized*) ;;
  *) fail "a token that nobody has is not refused as such: $told" ;;
esac
