# When a component is ready; sourced. `await` waits for it.
# shellcheck shell=bash disable=SC2154

alive() { [ -f "$pids/$1" ] && kill -0 "$(<"$pids/$1")" 2>/dev/null; } # COMPONENT

answers() { /bin/busybox wget -q -O /dev/null "http://127.0.0.1:$1"; } # PORT/PATH

node_ready() { kubectl get node "$node_name" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' | grep -q True; }

ready() { # COMPONENT
  case $1 in
    argo-workflows) answers "$argo_port/healthz" ;;
    containerd) ctr -a "$containerd_socket" --connect-timeout 1s version ;;
    kube-apiserver) [ "$(kubectl get --raw /readyz --request-timeout=2s)" = ok ] ;;
    kube-controller-manager) kubectl get serviceaccount default ;;
    kubelet) node_ready ;;
    kube-proxy) iptables -t nat --wait -S KUBE-SERVICES | grep -q "$api_service_ip/32" ;;
    coredns) answers "$dns_ready_port/ready" ;;
    kwok) answers 10260/healthz ;;
    prometheus-operator) answers "$operator_port/healthz" ;;
    *) die "it is not known when '$1' is ready" ;;
  esac
}

# COMPONENT SECONDS: until it is ready; otherwise the end of its log, and the end.
await() {
  local until=$((SECONDS + $2))
  until ready "$1" >/dev/null 2>&1; do
    if ! alive "$1" || [ "$SECONDS" -ge "$until" ]; then
      local fate="not ready in $2 s"
      alive "$1" || fate=ended
      echo "testbed: $1: $fate. The end of its log:" >&2
      tail -n 20 "$logs/$1.log" >&2
      exit 1
    fi
    sleep 0.1
  done
}
