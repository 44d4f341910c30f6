# Writes 1 MiB into FOLDER, reads it back, and looks how full the disk is. LIMIT is in percent.
file=$FOLDER/kubevigil-$POD
trap 'rm -f "$file" "$file.copy"' EXIT

told=$(head -c 1048576 /dev/urandom 2>&1 > "$file") || fail "$WHERE: write: $told"
told=$(cp "$file" "$file.copy" 2>&1) || fail "$WHERE: write: $told"
sync "$file" "$file.copy"
told=$(cmp "$file" "$file.copy" 2>&1) || fail "$WHERE: what is read is not what was written: $told"

used=$(df -P "$FOLDER" | awk 'NR == 2 { sub(/%/, "", $5); print $5 }')
case $used in
  "" | *[!0-9]*) fail "$WHERE: df does not say how full $FOLDER is" ;;
esac
echo "$WHERE: $used % of the disk is used"
[ "$used" -le "$LIMIT" ] || fail "$WHERE: $used % of the disk is used, more than $LIMIT %"
