# Names the cgroups of a sandbox; sourced. A sandbox has one group of its own in every hierarchy.
# shellcheck shell=bash

unified_only() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

# NAME: one folder a line. With version 1 they lie below the caller's own groups, so its limits hold for the sandbox
# too. With version 2 only (written from the documentation, not tested) the group lies at the top: a group that
# has processes, as the caller's has, cannot hand controllers down to a child.
cgroup_folders() {
  local controllers path
  if unified_only; then
    echo "/sys/fs/cgroup/kubevigil-$1"
    return
  fi
  while IFS=: read -r _ controllers path; do
    local hierarchy=/sys/fs/cgroup/${controllers#name=}
    [ -n "$controllers" ] || hierarchy=/sys/fs/cgroup/unified
    if [ -d "$hierarchy" ]; then echo "$hierarchy${path%/}/kubevigil-$1"; fi
  done </proc/self/cgroup
}

# FOLDER: makes the group and moves this process into it.
join_cgroup() {
  mkdir -p "$1"
  local setting
  for setting in cpuset.cpus cpuset.mems; do # version 1: empty in a new group, and nothing runs in it then
    if [ -f "$1/$setting" ] && [ -z "$(<"$1/$setting")" ]; then cat "${1%/*}/$setting" >"$1/$setting"; fi
  done
  echo $$ >"$1/cgroup.procs"
}
