# Checks what a testbed needs and makes its images; sourced by `run` and `up`, outside the namespaces.
# shellcheck shell=bash disable=SC2154

need_tools() {
  [ "$(id -u)" = 0 ] || die "namespaces, cgroups and containers need root: run it as root"
  PATH=$PATH:/usr/sbin:/sbin
  local tool missing=()
  for tool in unshare setpriv nsenter ip iptables containerd ctr runc openssl python3 go /bin/busybox /usr/lib/cni/bridge; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] || die "missing: ${missing[*]}: run testbed/install"
}

need_binaries() {
  KUBEVIGIL_TESTBED_BIN=$("$testbed/build" --path)
  local name missing=()
  for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns; do
    [ -x "$KUBEVIGIL_TESTBED_BIN/$name" ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] || die "not built: ${missing[*]}: run testbed/build (once, some 15 minutes for all)"
}

need_images() { # keyed by all that decides their bytes
  local key
  key=$(cat /bin/busybox "$testbed/images/archive.py" "$testbed/images/base.py" | sha256sum | cut -c1-16)
  KUBEVIGIL_TESTBED_IMAGES=$cache/images/$key.tar
  [ -f "$KUBEVIGIL_TESTBED_IMAGES" ] ||
    PYTHONPATH=${testbed%/*} python3 -m testbed.images.base "$KUBEVIGIL_TESTBED_IMAGES"
}

prepare() {
  need_tools
  need_binaries
  need_images
  export PATH KUBEVIGIL_TESTBED_BIN KUBEVIGIL_TESTBED_IMAGES
}
