"""The host is as before when a testbed has ended, however it ended. Runs outside of one: KUBEVIGIL_TESTBED=host."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .cluster import NODE, TESTBED, wait_for

pytestmark = [pytest.mark.real, pytest.mark.host]

REGISTRY = Path("/run/kubevigil-testbed")
SETTINGS = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/route_localnet",
    "net/netfilter/nf_conntrack_max",
)
FOLDERS = (Path("/run"), Path("/var/lib"), Path("/var/log"))


def text_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def setting(name: str) -> str:
    path = Path("/proc/sys") / name
    return path.read_text().strip() if path.exists() else "not there"


def host() -> dict[str, object]:
    """What a testbed could leave behind."""
    lifetimes = re.compile(r"(valid|preferred)_lft \S+")
    counters = re.compile(r"^#.*\n|\[\d+:\d+\]", re.MULTILINE)
    return {
        "network": lifetimes.sub("", text_of("ip", "-details", "address")),
        "firewall": counters.sub("", text_of("iptables-save")),
        "mounts": Path("/proc/mounts").read_text(),
        "settings": {name: setting(name) for name in SETTINGS},
        "cgroups": sorted(map(str, Path("/sys/fs/cgroup").glob("**/kubevigil-*"))),
        "files": sorted(str(path) for folder in FOLDERS for path in folder.iterdir()),
    }


def processes(name: str) -> set[Path]:
    """All processes inside a testbed, as the host's /proc knows them."""
    init = (REGISTRY / name / "init.pid").read_text().strip()
    namespace = Path(f"/proc/{init}/ns/pid").readlink()
    return {path.parents[1] for path in Path("/proc").glob("[0-9]*/ns/pid") if link_of(path) == namespace}


def link_of(path: Path) -> Path | None:
    try:
        return path.readlink()
    except OSError:  # ended meanwhile
        return None


def tool(command: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [TESTBED / command, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@contextmanager
def up(name: str) -> Iterator[str]:
    started = tool("up", KUBEVIGIL_TESTBED_NAME=name)
    assert started.returncode == 0, started.stderr
    try:
        yield started.stdout
    finally:
        tool("down", KUBEVIGIL_TESTBED_NAME=name)


def test_a_run_passes_the_exit_code_on_and_leaves_the_host_as_before() -> None:
    before = host()
    ended = tool("run", "bash", "-c", "kubectl get nodes --no-headers && exit 7")
    assert ended.returncode == 7, ended.stderr
    assert ended.stdout.startswith(NODE)
    assert host() == before


def test_kill_9_of_the_supervisor_ends_everything() -> None:
    before = host()
    with up("killed"):
        assert host() != before
        inside = processes("killed")
        assert len(inside) > 6
        os.kill(int((REGISTRY / "killed/supervisor.pid").read_text()), signal.SIGKILL)
        wait_for("the sweep", lambda: not (REGISTRY / "killed").exists())
        wait_for("the end of every process", lambda: not any(path.exists() for path in inside))
    assert host() == before


def test_two_testbeds_run_side_by_side() -> None:
    with up("one") as first, up("two"):
        assert "kubeconfig: /run/kubevigil/kubeconfig" in first
        for name in ("one", "two"):
            made = tool("shell", "kubectl", "create", "namespace", f"only-{name}", KUBEVIGIL_TESTBED_NAME=name)
            assert made.returncode == 0, made.stderr
            status = tool("status", name)
            assert status.returncode == 0, status.stdout
            assert status.stdout.count(" running ") == 8
        assert tool("shell", "kubectl", "get", "ns", "only-two", KUBEVIGIL_TESTBED_NAME="one").returncode == 1
    assert tool("status", "one").returncode == 2


def test_a_start_that_fails_shows_the_end_of_the_components_log() -> None:
    before = host()
    failed = tool("run", "true", KUBEVIGIL_TESTBED_BACKOFF="soon")
    assert failed.returncode == 1
    assert "testbed: kubelet: ended" in failed.stderr
    assert "maxContainerRestartPeriod" in failed.stderr or "invalid duration" in failed.stderr
    assert host() == before


def test_without_root_it_says_so() -> None:
    refused = subprocess.run(
        ["unshare", "--user", TESTBED / "run", "true"], capture_output=True, text=True, check=False, timeout=20
    )
    assert refused.returncode == 2
    assert "need root" in refused.stderr
