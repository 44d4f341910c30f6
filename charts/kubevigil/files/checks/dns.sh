# Asks for the API server's Service by name. NAME_SERVER is whom to ask; empty: whom every pod asks.
domain=$(awk '$1 == "search" { for (i = 2; i <= NF; i++) if (sub(/^svc\./, "", $i)) print $i }' "$RESOLVER")
domain=${domain%%[!-a-z0-9.]*}
[ -n "$domain" ] || fail "$RESOLVER has no domain of the cluster to search in"

name="kubernetes.default.svc.$domain"
if [ -n "$NAME_SERVER" ]; then
  answer=$(nslookup -type=a "$name" "$NAME_SERVER" 2>&1) || fail "$name: $answer"
else
  answer=$(nslookup -type=a "$name" 2>&1) || fail "$name: $answer"
fi

# The server's own address, which stands above the name, is no answer.
echo "$answer" |
  awk -v wanted="$KUBERNETES_SERVICE_HOST" '
    /^Name:/ { below = 1 }
    below { for (i = 1; i <= NF; i++) if ($i == wanted) found = 1 }
    END { exit !found }
  ' || fail "$name is not $KUBERNETES_SERVICE_HOST: $answer"
