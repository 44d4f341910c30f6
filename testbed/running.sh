# Finds the testbeds that run; sourced by `down`, `status` and `shell`, outside the namespaces.
# shellcheck shell=bash disable=SC2034,SC2154

default_name=${KUBEVIGIL_TESTBED_NAME:-main}

running_names() { # one a line
  local entry
  for entry in "$registry"/*/; do
    [ ! -s "$entry/init.pid" ] || basename "$entry"
  done
}

# NAME: the host's pid of the sandbox's PID 1, or the end with a message.
init_of() {
  local file=$registry/$1/init.pid
  [ -s "$file" ] || die "no testbed named '$1' runs: start it with testbed/up (KUBEVIGIL_TESTBED_NAME=$1)"
  cat "$file"
}

# NAME CMD...: runs CMD inside. /proc/PID/root is the sandbox's view of the files.
enter_running() {
  local init
  init=$(init_of "$1")
  shift
  nsenter --target "$init" --net --mount --pid --cgroup --ipc --uts -- \
    "$testbed/cluster/environment" "$PWD" "$("$testbed/build" --path)" "$@"
}
