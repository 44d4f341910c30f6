# Before each of these scripts. POSIX sh, with the small tools of busybox or their like, kubectl and curl.
set -eu

# Ends the run. What is said becomes the check's errorMessage.
fail() {
  echo "$1" | tee "$SAID"
  exit 1
}

# Asks the API server. kubectl's own --request-timeout would make it forget the pod's account and server.
api() {
  timeout 20 kubectl "$@" || {
    code=$?
    case $code in 124 | 143) echo "no answer within 20 s" ;; esac # coreutils', busybox's
    return "$code"
  }
}

case $KUBERNETES_SERVICE_HOST in
  *:*) SERVER="[$KUBERNETES_SERVICE_HOST]:$KUBERNETES_SERVICE_PORT" ;;
  *) SERVER="$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" ;;
esac

