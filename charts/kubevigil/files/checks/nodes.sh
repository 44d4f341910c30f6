# The nodes that are Ready, by their host names, as a JSON list.
told=$(api get nodes --no-headers --label-columns=kubernetes.io/hostname 2>&1) || fail "nodes: $told"
names=$(echo "$told" | awk '$2 ~ /^Ready(,|$)/ { printf "%s\"%s\"", comma, $NF; comma = "," }')
[ -n "$names" ] || fail "no node is Ready"
echo "[$names]"
