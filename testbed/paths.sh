# Where things are; sourced by the other scripts. Nothing but the PATH is changed.
# shellcheck shell=bash disable=SC2034
testbed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${KUBEVIGIL_TESTBED_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubevigil/testbed}

# The cache holds a Go only where testbed/install found none that is new enough.
cached_go=$cache/go/go/bin
[ ! -x "$cached_go/go" ] || PATH=$cached_go:$PATH

# On the host: a folder per running testbed with two pids and the names of its cgroups; gone when the testbed is.
registry=/run/kubevigil-testbed

# Inside the namespaces: everything that the cluster writes, on a tmpfs.
inside=/run/kubevigil
pki=$inside/pki
logs=$inside/log
pids=$inside/pid
kubeconfig=$inside/kubeconfig
containerd_socket=$inside/containerd/containerd.sock

# The network inside. The node's address is the bridge's: a kubelet refuses loopback.
node_name=node-1
node_ip=10.42.0.1
pod_network=10.42.0.0/16
service_network=10.43.0.0/16
api_service_ip=10.43.0.1
dns_service_ip=10.43.0.10
api_port=6443
bridge=kv0

# On the sandbox's loopback: where components say that they are ready.
dns_ready_port=8181
operator_port=10300
argo_port=6060 # on every address; Argo has no setting for it

image_names=kubevigil.test # what the testbed's own images are named below; there is no such registry

die() { # MESSAGE: what was wrong and what to do; 2 = wrong use or setting
  echo "testbed: $1" >&2
  exit 2
}
