"""Crash logs on a real cluster: whose they are, what odd output becomes, and what the commands show of them."""

import json
import subprocess
import sys
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubevigil.crashes.api_source import TEXT_LIMIT
from kubevigil.model.record import CaptureResult, Record, RecordedLog
from tests.conftest import Tell
from tests.unit.crashes.redaction.planted import Planted, planted

from .capture_audit import Finding, all_bytes, found, judge, judged, log_of, nobody_else_s, told
from .capture_node import POD_LOGS, HeldUp, NodeLogs, restart_kubelet
from .capture_pods import INCOMPRESSIBLE, LOUD, ODD, pod, saying
from .cluster import Kubectl, WitnessLog, wait_for
from .exporter import Exporter

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

LOOPS = 6
CRASHES = 150
HELD_UP_AFTER = (30, 60, 90, 120)
DEATHS_WHILE_HELD_UP = 2 * LOOPS
KINDS = ("aws", "github", "gitlab", "slack", "stripe", "jwt", "card", "email", "url", "basic")


@pytest.fixture
def exporter(kubeconfig: Path, tmp_path: Path) -> Iterator[Exporter]:
    with Exporter(tmp_path / "data", kubeconfig) as exporter:
        yield exporter.until_ready()


@pytest.fixture(scope="module")
def fast_restarts(kubectl: Kubectl) -> Iterator[None]:
    """Crash loops with waits of one second, which is the least that a kubelet can be set to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBEVIGIL_TESTBED_BACKOFF", "1s")
        restart_kubelet(kubectl)
        yield
    restart_kubelet(kubectl)


@pytest.mark.usefixtures("fast_restarts")
def test_of_2_mib_and_a_last_word_in_fast_crash_loops_no_log_is_another_instance_s(
    exporter: Exporter, namespace: Kubectl, witness: WitnessLog, tell: Tell
) -> None:
    for number in range(LOOPS):
        namespace.apply(pod(f"loop-{number}", LOUD))
    held_up = HeldUp(exporter, namespace, witness, after=HELD_UP_AFTER, deaths=DEATHS_WHILE_HELD_UP)
    with NodeLogs.kept(namespace.namespace) as node:
        wait_for(f"{CRASHES} crashes", lambda: held_up.recorded(node) >= CRASHES, 150)
        written = node.names()
    namespace("delete", "pods", "--all", "--wait=true")
    records = exporter.settled(namespace.namespace, CRASHES)
    figures = told(records)
    tell(deaths=held_up.deaths(), ends_on_the_node=len(written), crashes=len(records), **figures)
    assert len({record.container.id for record in records}) == len(records)
    assert nobody_else_s(figures)
    assert not [r for r in records if judged(r) is Finding.TAIL_LOST and r.termination.message in written]
    assert figures["log own without its end"] <= len(records) / 20
    assert figures["log own"] > len(records) / 2
    assert figures["superseded"]


def test_the_audit_tells_another_instance_s_log_and_a_missing_end_from_the_own_log() -> None:
    own, other = str(uuid.uuid4()), str(uuid.uuid4())
    texts = (
        f"{own} x\nLAST {own}\n",
        f"{own} x\n",
        f"{other} x\nLAST {own}\n",
        f"LAST {other}\n",
        "unable to retrieve",
    )
    findings = [judge(RecordedLog(CaptureResult.OK, text=text), own) for text in texts]
    assert findings == [Finding.OWN, Finding.TAIL_LOST, Finding.WRONG, Finding.WRONG, Finding.NAMELESS]


def previous(namespace: Kubectl, name: str) -> RecordedLog:
    """What `kubectl logs --previous` takes for the log of the instance that died."""
    command = ["kubectl", f"--kubeconfig={namespace.kubeconfig}", f"--namespace={namespace.namespace}"]
    answer = subprocess.run([*command, "logs", name, "--previous"], capture_output=True, check=False, timeout=30)
    text = answer.stdout.decode(errors="replace")
    return RecordedLog(CaptureResult.OK if answer.returncode == 0 and text else CaptureResult.GONE, text=text)


@pytest.mark.usefixtures("fast_restarts")
def test_the_audit_finds_that_kubectl_logs_previous_is_not_the_log_of_the_instance_that_died(
    exporter: Exporter, namespace: Kubectl, tell: Tell
) -> None:
    namespace.apply(pod("loop", LOUD))
    asked: dict[str, Finding] = {}

    def ten_asked() -> bool:
        for record in exporter.crashes(namespace.namespace, texts=False):
            if record.id not in asked:
                asked[record.id] = judge(previous(namespace, "loop"), record.termination.message)
        return len(asked) >= 10

    wait_for("ten crashes", ten_asked, 60)
    findings = Counter(finding.value for finding in asked.values())
    tell(control="kubectl logs --previous", asked=len(asked), **findings)
    assert findings["own"] <= len(asked) / 2


@pytest.mark.usefixtures("fast_restarts")
def test_where_room_is_short_the_first_and_the_latest_log_of_a_crash_loop_are_kept(
    kubeconfig: Path, namespace: Kubectl, tmp_path: Path, tell: Tell
) -> None:
    with Exporter(tmp_path / "data", kubeconfig, "--records-log-limit", "1MiB") as exporter:
        exporter.until_ready()
        namespace.apply(pod("loop", INCOMPRESSIBLE))
        records = exporter.settled(namespace.namespace, 10, seconds=60)
    logs = [record.log for record in records if record.log]
    tell(crashes=len(logs), kept=sum(not log.dropped for log in logs))
    assert [ends_with_own_name(records[place]) for place in (0, -1)] == [True, True]
    assert any(log.dropped for log in logs[1:-1])
    assert all(log.dropped == (not log.text) for log in logs)


def ends_with_own_name(record: Record) -> bool:
    return bool(record.log and record.log.text.rstrip("\n").endswith(f"LAST {record.termination.message}"))


@pytest.fixture(scope="module")
def odd(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """The records of the odd pods, by name; the one that waits dies when the kubelet has rotated its log."""
    data = tmp_path_factory.mktemp("odd") / "data"
    with kubectl.fresh_namespace("odd") as namespace, Exporter(data, kubeconfig) as exporter:
        exporter.until_ready()
        for name, script in ODD.items():
            namespace.apply(pod(name, script, restart="Never"))
        pattern = f"{namespace.namespace}_rotated_*/app/0.log.*"
        wait_for("the log is rotated", lambda: list(POD_LOGS.glob(pattern)), 60)
        namespace("exec", "rotated", "--", "touch", "/tmp/die")
        return {record.pod: record for record in exporter.settled(namespace.namespace, len(ODD))}


def test_a_last_line_without_a_newline_is_there(odd: dict[str, Record]) -> None:
    name = odd["no-newline"].termination.message
    assert log_of(odd["no-newline"]).text == f"FIRST {name}\nLAST {name}"


def test_of_a_line_of_10_mib_the_end_is_there(odd: dict[str, Record]) -> None:
    log = log_of(odd["huge-line"])
    assert log.text == "x" * (TEXT_LIMIT - 42) + f"LAST {odd['huge-line'].termination.message}\n"
    assert log.truncated
    assert log.bytes == TEXT_LIMIT


def test_binary_output_comes_without_control_characters_and_with_its_last_words(odd: dict[str, Record]) -> None:
    log = log_of(odd["binary"])
    assert log.text.endswith(f"\nLAST {odd['binary'].termination.message}\n")
    assert {c for c in log.text if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}
    assert len(log.text.encode()) <= TEXT_LIMIT


def test_more_than_the_kubelet_keeps_in_one_file_does_not_cost_the_last_words(odd: dict[str, Record]) -> None:
    """Whether the file is rotated before the end is chance; `truncated` says nothing of what was rotated away."""
    assert judged(odd["large"]) is Finding.OWN


def test_of_a_log_that_the_kubelet_rotated_what_came_since_is_there(odd: dict[str, Record]) -> None:
    """Where it was rotated while 12 MiB were still on their way, the rest of these came since, too."""
    name = odd["rotated"].termination.message
    *rest, last = log_of(odd["rotated"]).text.splitlines()
    assert last == f"LAST {name}"
    assert all(name.startswith(line) or name.endswith(line) for line in rest)


def test_that_nothing_was_printed_is_told_as_such(odd: dict[str, Record]) -> None:
    assert log_of(odd["silent"], CaptureResult.EMPTY).text == ""


def some_secrets() -> list[Planted]:
    """One of each kind, put together now."""
    by_kind = {secret.kind: secret for secret in planted(seed=4)}
    return [by_kind[kind] for kind in KINDS]


def command(exporter: Exporter, *arguments: str) -> bytes:
    """All that `kubevigil crashes ...` puts on the screen."""
    line = [sys.executable, "-m", "kubevigil", "crashes", *arguments, "--data-dir", str(exporter.data)]
    return subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, timeout=30).stdout


def test_the_commands_show_the_last_words_and_no_secret_is_in_store_log_or_screen(
    exporter: Exporter, namespace: Kubectl, tell: Tell
) -> None:
    last = f"LAST {uuid.uuid4()}"
    texts = some_secrets()
    secrets = {secret for text in texts for secret in text.secrets}
    namespace.apply(pod("leaky", saying("\n".join([*(text.text for text in texts), last, ""])), restart="Never"))
    (record,) = exporter.settled(namespace.namespace)
    printed = namespace("logs", "leaky").encode()
    assert all(found(text.secrets, [printed]) for text in texts)
    listed, shown = command(exporter, "list", "--json"), command(exporter, "show", record.id, "--json")
    assert [json.loads(listed)[-1]["log"]["text"].endswith(f"{last}\n"), last in shown.decode()] == [True, True]
    assert last in record.termination.message
    screens = [listed, shown, *(command(exporter, *a) for a in (["list"], ["show", record.id, "--full"]))]
    exporter_log = json.dumps(exporter.log()).encode()
    assert found([last], [*screens, *all_bytes(exporter.data)]) == {last}
    left = found(secrets, [*screens, exporter_log, exporter.get("/metrics")[1], *all_bytes(exporter.data)])
    redacted = sum(exporter.samples("kubevigil_redactions_total").values())
    tell(kinds=len(texts), secrets=len(secrets), left=len(left), redactions=int(redacted))
    assert left == set()
    assert log_of(record).text.count("[REDACTED:") >= len(texts)
