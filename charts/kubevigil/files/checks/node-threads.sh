# How many of the threads that a node can have it has. LIMIT is in percent.
threads=$(awk '{ split($4, numbers, "/"); print numbers[2] }' "$PROC/loadavg")
most=$(cat "$PROC/sys/kernel/pid_max")
other=$(cat "$PROC/sys/kernel/threads-max")
[ "$most" -le "$other" ] || most=$other

used=$((threads * 100 / most))
echo "$WHERE: $threads threads of $most"
[ "$used" -le "$LIMIT" ] || fail "$WHERE: $threads threads of $most are $used %, more than $LIMIT %"
