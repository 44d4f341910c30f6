"""The scripts that look at nodes and pods: what each takes for a fault. Needs no Helm and no cluster."""

from pathlib import Path

import pytest

from .checks_script import TOOLS, Bench, succeeded


@pytest.fixture(params=TOOLS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(tmp_path, request.param)


def filled(percent: int) -> str:
    return f"printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/a 100 1 1 {percent}%% /claim\\n'"


@pytest.mark.parametrize(("percent", "code"), [(85, 0), (86, 1)])
def test_a_disk_is_full_above_its_limit(bench: Bench, percent: int, code: int) -> None:
    bench.tool("df", filled(percent))
    ended = bench.run("disk.sh", {"FOLDER": bench.file("disk/x", "")[:-2], "LIMIT": "85"})
    assert ended.code == code
    assert ended.said == ("node-1: 86 % of the disk is used, more than 85 %" if code else "")
    assert [path.name for path in (bench.folder / "disk").iterdir()] == ["x"], "nothing is left behind"


DISK_FAULTS = {
    "it cannot be written to": ("cp", "echo 'cp: no space left'; exit 1", "node-1: write: cp: no space left"),
    "it forgets": ("cp", 'echo less > "$2"', "node-1: what is read is not what was written: "),
    "nobody knows": ("df", "echo nothing", "node-1: df does not say how full "),
}


@pytest.mark.parametrize(("tool", "text", "words"), DISK_FAULTS.values(), ids=DISK_FAULTS)
def test_a_disk_that_does_not_keep_what_is_written_is_told(bench: Bench, tool: str, text: str, words: str) -> None:
    bench.tool(tool, text)
    ended = bench.run("disk.sh", {"FOLDER": str(bench.folder), "LIMIT": "100"})
    assert ended.code == 1
    assert ended.said.startswith(words)


def test_the_machines_own_disk_can_be_written_to(bench: Bench) -> None:
    assert bench.run("disk.sh", {"FOLDER": str(bench.folder), "LIMIT": "100"}).code == 0


@pytest.mark.parametrize(
    ("pids", "threads", "used"),
    [(1000, 4000, 80), (4000, 1000, 80)],
    ids=["few processes may be", "few threads may be"],
)
def test_threads_are_counted_against_the_lower_of_both_limits(bench: Bench, pids: int, threads: int, used: int) -> None:
    bench.file("proc/loadavg", "0.50 0.40 0.30 2/809 12345\n")
    bench.file("proc/sys/kernel/pid_max", f"{pids}\n")
    bench.file("proc/sys/kernel/threads-max", f"{threads}\n")
    node = {"PROC": str(bench.folder / "proc")}
    assert bench.run("node-threads.sh", {**node, "LIMIT": f"{used}"}) == succeeded("node-1: 809 threads of 1000")
    ended = bench.run("node-threads.sh", {**node, "LIMIT": f"{used - 1}"})
    assert (ended.code, ended.said) == (1, "node-1: 809 threads of 1000 are 80 %, more than 79 %")


def test_the_machines_own_threads_are_counted(bench: Bench) -> None:
    assert bench.run("node-threads.sh", {"PROC": "/proc", "LIMIT": "100"}).code == 0


WELL = "coredns-1   1/1   Running            0             3d\nsetup-1   0/1   Completed   0   3d\n"
UNWELL = {
    "not ready": ("dns-1 1/2 Running 3 (2m ago) 3d", "kube-system/dns-1 is Running, 1/2 containers ready"),
    "crashing": ("dns-1 0/1 Error 3 (2m ago) 3d", "kube-system/dns-1 is Error, 0/1 containers ready"),
    "pending": ("dns-1 0/1 Pending 0 3d", "kube-system/dns-1 is Pending, 0/1 containers ready"),
    "evicted": ("dns-1 0/1 Evicted 0 3d", "kube-system/dns-1 is Evicted, 0/1 containers ready"),
}


def pods(bench: Bench, *looks: str) -> None:
    """A kubectl that gives these lists one after the other, the last one for ever; and a sleep that does not."""
    bench.tool("sleep", "")
    for number, look in enumerate(looks):
        bench.file(f"look-{number}", look)
    count = bench.file("count", "0")
    last = len(looks) - 1
    bench.tool(
        "kubectl",
        f'n=$(cat {count}); cat {bench.folder}/look-$n; [ "$n" -ge {last} ] || echo $((n + 1)) > {count}',
    )


@pytest.mark.parametrize("look", [WELL, "", "No resources found in kube-system namespace.\n"])
def test_pods_that_run_or_are_done_are_well_at_the_first_look(bench: Bench, look: str) -> None:
    pods(bench, look)
    assert bench.run("critical-pods.sh", {"NAMESPACES": "kube-system"}) == succeeded()
    assert [call.split()[0] for call in bench.calls()] == ["sleep", "kubectl"]


@pytest.mark.parametrize(("line", "words"), UNWELL.values(), ids=UNWELL)
def test_a_pod_that_stays_unwell_is_named(bench: Bench, line: str, words: str) -> None:
    pods(bench, f"{WELL}{line}\n")
    ended = bench.run("critical-pods.sh", {"NAMESPACES": "kube-system"})
    assert (ended.code, ended.said) == (1, words)
    assert bench.calls().count("sleep 10") == 6


def test_a_pod_that_gets_well_within_the_minute_is_no_fault(bench: Bench) -> None:
    pods(bench, f"{WELL}dns-1 0/1 Pending 0 3s\n", WELL)
    assert bench.run("critical-pods.sh", {"NAMESPACES": "kube-system"}) == succeeded()


def test_pods_that_may_not_be_listed_are_a_fault_with_the_api_servers_words(bench: Bench) -> None:
    bench.tool("sleep", "")
    bench.tool("kubectl", "echo 'Error from server (Forbidden)' >&2; exit 1")
    for script in ("critical-pods.sh", "critical-pods-remedy.sh"):
        ended = bench.run(script, {"NAMESPACES": "kube-system"})
        assert (ended.code, ended.said) == (1, "kube-system: Error from server (Forbidden)")


def test_only_pods_that_failed_for_good_are_deleted(bench: Bench) -> None:
    bench.tool("kubectl", "")
    bench.run("critical-pods-remedy.sh", {"NAMESPACES": "kube-system storage"})
    said = "delete pods --field-selector=status.phase=Failed --wait=false"
    assert [call.partition("--namespace ")[2] for call in bench.calls()] == [f"kube-system {said}", f"storage {said}"]


NODES = """node-1   Ready                      control-plane   3d   v1.36.1   node-1.test
node-2   NotReady                   <none>          3d   v1.36.1   node-2.test
node-3   Ready,SchedulingDisabled   <none>          3d   v1.36.1   node-3.test"""


def test_nodes_that_are_ready_are_a_json_list_of_host_names(bench: Bench) -> None:
    bench.tool("kubectl", f"echo '{NODES}'")
    assert bench.run("nodes.sh") == succeeded('["node-1.test","node-3.test"]')
    bench.tool("kubectl", "echo 'node-2 NotReady <none> 3d v1.36.1 node-2.test'")
    assert bench.run("nodes.sh").said == "no node is Ready"


def test_an_image_that_runs_was_pulled(bench: Bench) -> None:
    assert bench.run("image-pull.sh") == succeeded("node-1: pulled")
