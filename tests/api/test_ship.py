"""`kubevigil ship` as its users start it, beside a store and a server on loopback."""

import base64
import io
import json
import logging
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.app import logs
from kubevigil.app.secret import Secret
from kubevigil.app.settings import Settings
from kubevigil.app.sidecar import Sidecar
from kubevigil.cli.main import main
from kubevigil.delivery.shipping import Shipper
from kubevigil.store.database import FILE_NAME
from kubevigil.store.outbox import Outbox
from kubevigil.store.replaying import replay_all
from kubevigil.store.sharing import SharedStore
from tests.faults.search_stand_in import Asked, Course, StandIn, stand_in
from tests.faults.ship_backlog import SINK, backlog
from tests.faults.ship_faults import UNAVAILABLE, always, without
from tests.faults.ship_store import deliveries
from tests.ports import free_port

from .running import until

WORD = "hunter2hunter2"
USER = "kubevigil"


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings of the tests' own; logging and signals as before."""
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(variable)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for number, handler in signals.items():
        signal.signal(number, handler)


@pytest.fixture
def index() -> Iterator[StandIn]:
    with stand_in() as index:
        yield index


def header(password: str) -> str:
    return "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()


def refuses_the_first(asked: Asked) -> Course:
    """One document is refused for good, by what is in it."""
    first = asked.body.split(b'"_id":"', 1)[1][:64].decode()
    return Course(judge=lambda id_: (400, "mapper_parsing_exception") if id_ == first else None)


class Running:
    """A sidecar that runs, in a process of its own."""

    def __init__(self, data: Path, hosts: str, *more: str, **environment: str) -> None:
        self.log = data.with_name("sidecar.log")
        self.port = free_port()
        flags = [f"--data-dir={data}", f"--elasticsearch-hosts={hosts}", f"--ship-listen=127.0.0.1:{self.port}", *more]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kubevigil", "ship", *flags],
                stdout=out,
                stderr=out,
                env={"PATH": os.environ["PATH"]} | environment,
            )

    def get(self, path: str) -> tuple[int, str]:
        """0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def series(self, name: str) -> dict[str, float]:
        """Its values by their result, or by the sink where they have none."""
        families = text_string_to_metric_families(self.get("/metrics")[1])
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        assert {sample.labels["sink"] for sample in samples} <= {SINK}
        return {sample.labels.get("result", SINK): sample.value for sample in samples}

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(20)

    def words(self) -> str:
        return self.log.read_text("utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def once(data: Path, hosts: str, *more: str) -> int:
    return main(["ship", "--once", f"--data-dir={data}", f"--elasticsearch-hosts={hosts}", *more])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--once` gives up at once."""
    assert Shipper.once.__kwdefaults__ is not None
    monkeypatch.setitem(Shipper.once.__kwdefaults__, "patience", 0.1)


def test_once_is_0_when_all_is_sent_and_says_how_many(
    index: StandIn, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = backlog(data, lambda number: f"words of {number}", 5)
    assert once(data, index.url) == 0
    assert capsys.readouterr().out == "sent 5, waiting 0, dead 0\n"
    assert {place.id for place in index.documents} == {record.id for record in records}
    assert once(data, index.url) == 0
    assert index.requests == 1


def test_once_is_1_when_one_is_refused_and_0_when_it_was_replayed(
    index: StandIn, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backlog(data, lambda number: f"words of {number}", 5)
    index.faults = [refuses_the_first]
    assert once(data, index.url) == 1
    assert capsys.readouterr().out == "sent 4, waiting 0, dead 1\n"
    index.faults = []
    replay_all(SharedStore(data / FILE_NAME), 0.0)
    assert once(data, index.url) == 0
    assert len(index.documents) == 5


@pytest.mark.usefixtures("impatient")
def test_once_is_1_when_the_server_takes_nothing_and_all_still_waits(
    index: StandIn, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backlog(data, lambda number: f"words of {number}", 5)
    index.faults = [always(UNAVAILABLE)]
    assert once(data, index.url) == 1
    assert capsys.readouterr().out == "sent 0, waiting 5, dead 0\n"


def test_once_is_3_at_once_when_there_is_no_store_and_makes_none(
    index: StandIn, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert once(data, index.url) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert f"there is none at {data / FILE_NAME}" in err
    assert not data.exists()


COMMANDS = pytest.mark.parametrize("command", [["ship", "--once"], ["ship"]], ids=["once", "serve"])


@COMMANDS
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        pytest.param([], "elasticsearch.hosts", id="no hosts"),
        pytest.param([f"--elasticsearch-hosts=http://u:{WORD}@h"], "elasticsearch.username", id="in the URL"),
        pytest.param([f"--elasticsearch-password={WORD}"], "KUBEVIGIL_ELASTICSEARCH_PASSWORD", id="on the line"),
        pytest.param(
            ["--elasticsearch-hosts=https://h", "--elasticsearch-ca-file=/nowhere/ca.pem"],
            "/nowhere/ca.pem",
            id="no CA file",
        ),
        pytest.param(["--elasticsearch-hosts=http://h", "--store=mysql://h/d"], "mysql", id="no such store"),
    ],
)
def test_what_keeps_it_from_starting_is_2_and_told_without_a_secret(
    command: list[str], flags: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *flags]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert WORD not in out + err


@COMMANDS
def test_a_token_that_no_header_can_hold_is_2_and_not_shown(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEVIGIL_ELASTICSEARCH_BEARER_TOKEN", f"{WORD} {WORD}")
    assert main([*command, "--elasticsearch-hosts=http://h"]) == 2
    out, err = capsys.readouterr()
    assert "bearer token" in err
    assert WORD not in out + err


def test_a_port_that_is_taken_is_2(index: StandIn, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = index.url.rpartition(":")[2]
    assert (
        main(["ship", f"--data-dir={data}", f"--elasticsearch-hosts={index.url}", f"--ship-listen=127.0.0.1:{taken}"])
        == 2
    )
    assert taken in capsys.readouterr().err


def test_it_waits_for_the_store_sends_tells_how_it_stands_and_ends_at_sigterm(index: StandIn, data: Path) -> None:
    with Running(data, index.url) as running:
        until(lambda: running.get("/readyz")[0] == 503)
        [check] = json.loads(running.get("/readyz")[1])["checks"]
        assert (check["name"], check["ok"]) == (SINK, False)
        assert "there is none at" in check["detail"]
        assert running.get("/healthz")[0] == 200
        assert running.series("kubevigil_sink_up") == {}, "nothing was sent yet, so nothing is known"
        waits = [line for line in map(json.loads, running.words().splitlines()) if "waiting" in line["event"]]
        assert [line["error"] for line in waits] == [f"store: there is none at {data / FILE_NAME}"]
        backlog(data, lambda number: f"words of {number}", 5)
        until(lambda: deliveries(data) == {"sent": 5})
        until(lambda: running.get("/readyz")[0] == 200)
        results = {"sent": 5.0, "duplicate": 0.0, "retried": 0.0, "dead_letter": 0.0}
        until(lambda: running.series("kubevigil_sink_records_total") == results)
        assert running.series("kubevigil_sink_up") == {SINK: 1.0}
        assert running.stop() == 0
        lines = [json.loads(line) for line in running.words().splitlines()]
        assert lines[-1]["event"] == "stopped"
        assert "delivery works again" in [line["event"] for line in lines]


def test_a_server_that_is_away_is_told_by_readyz_and_not_by_healthz(index: StandIn, data: Path) -> None:
    backlog(data, lambda number: f"words of {number}", 5)
    index.faults = [always(UNAVAILABLE)]
    with Running(data, index.url) as running:
        until(lambda: running.get("/readyz")[0] == 503)
        assert "503" in running.get("/readyz")[1]
        assert running.series("kubevigil_sink_up") == {SINK: 0.0}
        assert running.get("/healthz")[0] == 200
        assert running.series("kubevigil_sink_records_total")["retried"] > 0
        index.faults = []
        until(lambda: running.get("/readyz")[0] == 200)
        until(lambda: len(index.documents) == 5)  # one went ahead, to see whether the server is back
        assert running.stop(signal.SIGINT) == 0


def test_sigterm_ends_both_forms_although_the_server_never_answers(index: StandIn, tmp_path: Path) -> None:
    one, other = tmp_path / "one" / "data", tmp_path / "other" / "data"
    for data in (one, other):
        backlog(data, lambda number: f"words of {number}", 5)
    index.faults = [always(Course(seconds=300.0, applied=False, resets=True))]
    with Running(one, index.url) as serving, Running(other, index.url, "--once") as draining:
        until(lambda: index.requests == 2)
        serving.process.send_signal(signal.SIGTERM)
        assert draining.stop() == 1
        assert serving.process.wait(20) == 0
    assert "sent 0, waiting 5, dead 0\n" in draining.words()
    assert deliveries(one) == deliveries(other) == {"waiting": 5}


def test_no_secret_is_in_anything_that_it_shows_or_writes(index: StandIn, data: Path) -> None:
    backlog(data, lambda number: f"words of {number}", 5)
    index.faults = [without(header(WORD))]
    wrong = WORD[::-1]
    with Running(
        data,
        index.url,
        "--log-level=debug",
        KUBEVIGIL_ELASTICSEARCH_USERNAME=USER,
        KUBEVIGIL_ELASTICSEARCH_PASSWORD=wrong,
    ) as running:
        until(lambda: running.get("/readyz")[0] == 503)
        assert "refuses the credentials" in running.get("/readyz")[1]
        shown = [running.get(path)[1] for path in ("/", "/metrics", "/readyz", "/healthz")]
        shown.append(Path(f"/proc/{running.process.pid}/cmdline").read_text("utf-8"))
        assert running.stop() == 0
        shown += [running.words(), *(file.read_bytes().decode("latin-1") for file in data.iterdir())]
        assert deliveries(data) == {"waiting": 5}
        for secret in (wrong, header(wrong).removeprefix("Basic ")):
            assert not [text for text in shown if secret in text]


def test_credentials_that_are_wrong_are_waited_out_until_the_file_has_the_right_ones(
    index: StandIn, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubevigil.app.sink_credentials.AGAIN_SECONDS", 0.0)
    backlog(data, lambda number: f"words of {number}", 5)
    index.faults = [without(header("new"))]
    secret = tmp_path / "password"
    secret.write_text("old\n", "utf-8")
    plain = Settings(
        data_dir=data,
        elasticsearch_hosts=(index.url,),
        elasticsearch_username=USER,
        ship_listen="127.0.0.1:0",
    )

    def read() -> Settings:
        return replace(plain, elasticsearch_password=Secret(secret.read_text("utf-8").strip()))

    lines = io.StringIO()
    logs.configure(style="json", level="debug", stream=lines)
    sidecar = Sidecar(read(), read)
    url = sidecar.start()
    until(lambda: index.requests)
    until(lambda: not sidecar.shipper.health().ok)
    assert Outbox(data / FILE_NAME, SINK).balance(0.0).waiting == 5
    secret.write_text("new\n", "utf-8")
    until(lambda: deliveries(data) == {"sent": 5})
    until(lambda: sidecar.shipper.health().ok)
    with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    assert told["ready"]
    assert sidecar.stop() == []
    assert "refuses the credentials" in lines.getvalue()
    assert header("old").removeprefix("Basic ") not in lines.getvalue()
