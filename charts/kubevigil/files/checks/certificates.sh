# Whether a certificate ends within DAYS. HOSTS are more than the API server, each HOST or HOST:PORT.

# Days from 1970 to a date as curl tells it: Nov 22 10:00:00 2026 GMT. Months are counted from March, so that a leap
# day is a year's last.
days_until() {
  echo "$1" | awk '{
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3
    year = month < 3 ? $4 - 1 : $4
    month = month < 3 ? month + 9 : month - 3
    leap = int(year / 4) - int(year / 100) + int(year / 400)
    print 365 * year + leap + int((153 * month + 2) / 5) + $2 - 1 - 719468
  }'
}

today=$(($(date -u +%s) / 86400))
for host in $SERVER $HOSTS; do
  # Its answer does not matter, nor who vouches for the certificate.
  told=$(curl --insecure --silent --show-error --verbose --max-time 10 --output /dev/null "https://$host/" 2>&1) || true
  end=$(echo "$told" | sed -n 's/^\* *expire date: *//p' | head -n 1)
  [ -n "$end" ] || fail "$host shows no certificate: $(echo "$told" | tail -n 1)"
  left=$(($(days_until "$end") - today))
  echo "$host: until $end"
  [ "$left" -ge "$DAYS" ] || fail "the certificate of $host ends in $left days: $end"
done
