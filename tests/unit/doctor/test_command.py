"""`kubevigil doctor` as its users start it: words, JSON, exit codes."""

import json
import os
import socket

import pytest

from kubevigil.app.doctor_peers import AtAddress, Away, BadAddress
from kubevigil.cli import doctor
from kubevigil.cli import main as frame
from kubevigil.cli.main import main
from kubevigil.doctor.prometheus import vector
from kubevigil.kube.errors import NoAccount, Unreachable
from tests.unit.delivery.server import Reply, serving

from .cluster import FakeApi, Programs


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    for name in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(name)
    api = FakeApi()
    for path in [path for path in api.objects if "monitoring.coreos.com" in path]:
        del api.objects[path]
    monkeypatch.setattr(doctor, "connect", lambda *_: api)
    monkeypatch.setattr(frame, "COMMANDS", {**frame.COMMANDS, "doctor": "kubevigil.cli.doctor"})
    return api


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["doctor", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_people_get_a_line_an_answer(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "ok       cluster              the API server answers, version v1.35.0"
    assert lines[1] == "ok       exporter             monitoring/kubevigil-5f7d-x2x9k is ready"
    assert any(line.startswith(" " * 30 + "fix: kubectl -n NAMESPACE port-forward") for line in lines)
    assert api.closed


def test_machines_get_one_array(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.objects["/api/v1/pods"] = []
    code, out, _ = told(capsys, "--json")
    answers = json.loads(out)
    assert code == 1
    assert {frozenset(answer) for answer in answers} == {frozenset({"check", "status", "detail", "fix"})}
    assert [answer["check"] for answer in answers if answer["status"] == "fail"] == ["exporter"]


def test_an_api_server_that_is_away_ends_with_3(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.away["/version"] = Unreachable("10.0.0.1 cannot be reached")
    assert told(capsys) == (3, "", "10.0.0.1 cannot be reached\n")


def _no_account(*_: object) -> FakeApi:
    raise NoAccount("ca.crt is missing")


@pytest.mark.usefixtures("api")
def test_where_there_is_no_account_of_the_cluster_elasticsearch_is_asked_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "connect", _no_account)
    code, out, _ = told(capsys, "--json", "--elasticsearch-hosts=http://127.0.0.1:1")
    assert code == 1
    assert [(one["check"], one["status"]) for one in json.loads(out)] == [
        ("cluster", "skipped"),
        ("elasticsearch", "fail"),
    ]
    assert told(capsys) == (2, "", "ca.crt is missing\n")
    assert told(capsys, "--crash", "--elasticsearch-hosts=http://127.0.0.1:1")[0] == 2


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--prometheus", "127.0.0.1:9090"], "--prometheus wants http://HOST:PORT"),
        (["--alertmanager", "http://ann:hunter2@am"], "--alertmanager wants http://HOST:PORT"),
        (["--label", "team"], "--label wants NAME=VALUE"),
        (["--timeout", "5"], "--timeout: not a duration"),
    ],
    ids=["prometheus", "alertmanager", "label", "timeout"],
)
@pytest.mark.usefixtures("api")
def test_arguments_that_make_no_sense_end_with_2(
    capsys: pytest.CaptureFixture[str], words: list[str], error: str
) -> None:
    code, out, err = told(capsys, *words)
    assert (code, out) == (2, "")
    assert error in err
    assert "hunter2" not in err


def test_words_of_the_cluster_do_not_steer_the_terminal(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.single["/version"] = {"gitVersion": "v1\x1b[2J\n1"}
    out = told(capsys)[1]
    assert "\x1b" not in out
    assert "version v1 [2J 1" in out


def test_the_way_of_an_alert_is_asked_by_its_labels(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    programs = Programs()
    programs.config = programs.config.replace('severity!="none"', 'team="pay"')
    del api.objects["/api/v1/pods"]
    with serving(lambda asked: Reply(body=programs.over_http(asked.path))) as server:
        way = ["--alertmanager", f"{server.url}/", "--namespace", "pay", "--severity", "critical"]
        assert "goes to null (tells nobody)" in told(capsys, *way)[1]
        out = told(capsys, *way, "--label", "team=pay")[1]
    assert 'KubevigilCrashLooping (namespace="pay", severity="critical") goes to slack-all (slack)' in out


@pytest.mark.usefixtures("api")
def test_a_crash_without_an_image_is_refused(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.objects["/api/v1/pods"] = []
    code, _, err = told(capsys, "--crash")
    assert (code, "--image NAME" in err) == (2, True)
    assert api.made == []


def test_a_program_below_a_path_is_asked_there() -> None:
    programs = Programs()
    with (
        serving(lambda asked: Reply(body=programs.over_http(asked.path.removeprefix("/prom")))) as server,
        AtAddress("--prometheus", f"{server.url}/prom/") as peer,
    ):
        assert vector(peer.get("/api/v1/query", {"query": 'up{job=~"a|b"}'}))[0].number == 1
        assert server.asked[0].path == "/prom/api/v1/query?query=up%7Bjob%3D~%22a%7Cb%22%7D"


@pytest.mark.parametrize(
    ("status", "words"),
    [(302, "a page to sign in"), (401, "refuses the credentials"), (404, "answers 404"), (503, "failed (503)")],
)
def test_an_answer_that_is_none_is_told(status: int, words: str) -> None:
    with serving(Reply(status)) as server, AtAddress("--prometheus", server.url) as peer:
        with pytest.raises(Away) as raised:
            peer.get("/-/ready")
        assert words in str(raised.value)


def test_an_address_where_nobody_listens_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with AtAddress("--prometheus", f"http://127.0.0.1:{port}") as peer, pytest.raises(Away, match="cannot be reached"):
        peer.get("/-/ready")


@pytest.mark.parametrize(
    "url", ["prometheus:9090", "ftp://x", "http://", "http://x:y", "http://a@b", "http://x?y", "http://x y"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        AtAddress("--prometheus", url)
