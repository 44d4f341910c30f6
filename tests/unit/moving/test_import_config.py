"""`kubevigil import pod-monitor --config`: what it prints is taken by `kubevigil run` and by our chart."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # no stubs among the requirements
import pytest
import yaml

from kubevigil import moving
from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import Settings
from kubevigil.app.sources import load
from kubevigil.cli import main as frame
from kubevigil.cli.main import main

NAME = "import pod-monitor"
SCHEMA = Path(__file__).parents[3] / "charts/kubevigil/values.schema.json"

APPLICATION = """
DEPLOY_ENV: local
CLUSTER_NAME: minikube
server: {port: 9090}
log: {level: DEBUG}
aws: {region: eu-west-1}
elasticsearch:
  url: http://elasticsearch
  port: 9200
  index: crashes-
  v7: true
  batch_size: 1
check_interval: 15
sql: {host: mysql, password: hunter2}
slack: {token: xoxb-t0ken, channel: crashes, notify: true}
"""

VALUES = """
replicaCount: 1
image: {repository: example/kubernetes-pod-monitor, tag: "1.0"}
nodeSelector: {disk: ssd}
tolerations: [{key: a, operator: Exists}]
config:
  deployEnv: release
  clusterName: prod
  elasticsearch: {url: https://search.example, port: 443}
  slack: {token: xoxb-t0ken, channel: crashes}
env:
  - {name: MAX_RETRIES, value: "3"}
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(frame, "COMMANDS", {**frame.COMMANDS, NAME: "kubevigil.cli.import_pod_monitor"})


class Told:
    """One run of the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> None:
        self.code = main([*NAME.split(), *map(str, arguments)])
        self.out, self.err = capsys.readouterr()

    def documents(self) -> list[Any]:
        return [document for document in yaml.safe_load_all(self.out) if document is not None]


def file(folder: Path, text: str, name: str = "given.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def settings(folder: Path) -> Settings:
    return load({}, Surroundings({}, is_terminal=False), str(folder / "settings.yaml")).settings


def require_chart_takes(values: Any) -> None:
    jsonschema.validate(values, json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("text", [APPLICATION, VALUES], ids=["application", "chart"])
def test_kubevigil_takes_the_settings_and_the_chart_the_values(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert Told(capsys, "--config", file(tmp_path, text), "--out", out).code == 0
    assert settings(out).document_format == "legacy"
    require_chart_takes(yaml.safe_load((out / "values.yaml").read_text(encoding="utf-8")))


def test_its_file_is_read_as_it_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    Told(capsys, "--config", file(tmp_path, APPLICATION), "--out", out)
    found = settings(out)
    assert (found.cluster_name, found.kubeconfig, found.listen) == ("minikube", "config/minikube.yml", ":9090")
    assert (found.elasticsearch_hosts, found.elasticsearch_index) == (("http://elasticsearch:9200",), "crashes-")
    assert found.log_level == "debug"


def test_without_a_folder_all_is_printed_with_the_remarks_as_comments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told(capsys, "--config", file(tmp_path, VALUES))
    ours, values = told.documents()
    assert ours["cluster_name"] == values["config"]["cluster_name"] == "prod"
    assert values["tolerations"] == [{"key": "a", "operator": "Exists"}]
    lines = told.out.splitlines()
    assert "# taken   config.clusterName -> cluster_name" in lines
    assert any(line.startswith("# left    env MAX_RETRIES: ") for line in lines)
    assert any(
        line.startswith("# to do   kubectl -n NAMESPACE create secret generic kubevigil-slack ") for line in lines
    )


@pytest.mark.parametrize("text", [APPLICATION, VALUES], ids=["application", "chart"])
def test_no_secret_is_printed_or_written(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    config = file(tmp_path, text)
    told = Told(capsys, "--config", config).out + Told(capsys, "--config", config, "--out", out).out
    told += "".join(path.read_text(encoding="utf-8") for path in out.iterdir())
    assert "t0ken" not in told
    assert "hunter2" not in told


def test_environment_goes_before_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "# its pod's\nCLUSTER_NAME='staging'\nexport SLACK_NOTIFY=false\n  - CHECK_INTERVAL=5\n\nHOME=/root\n"
    environment = file(tmp_path, lines, "env")
    told = Told(capsys, "--config", file(tmp_path, APPLICATION), "--config", environment)
    ours, values = told.documents()
    assert (ours["cluster_name"], values["slack"]["secret"]["name"]) == ("staging", "")
    assert "# left    CHECK_INTERVAL: " in told.out


def test_a_setting_that_we_would_refuse_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "CLUSTER_NAME: dev\nserver: {port: none}\nelasticsearch: {url: 'http://u:pa55@es', index: UPPER}\n"
    told = Told(capsys, "--config", file(tmp_path, text))
    assert told.code == 0
    (ours, _) = told.documents()
    assert "listen" not in ours
    assert "elasticsearch" not in ours
    assert "# left    server.port: not as listen may be; allowed: " in told.out
    assert "pa55" not in told.out


@pytest.mark.parametrize(
    ("text", "words"),
    [("a: [", "not YAML"), ("slack: &x {token: t0ken}\nsql: *x\n", "alias"), ("config: &x {a: b}\nenv: *x\n", "alias")],
    ids=["broken", "alias", "alias-in-values"],
)
def test_what_cannot_be_read_is_told_with_its_line(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told(capsys, "--config", file(tmp_path, text))
    assert (told.code, told.out) == (2, "")
    assert words in told.err
    assert "given.yml:" in told.err
    assert "t0ken" not in told.err


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(capsys, "--config", tmp_path / "none.yml")
    assert told.code == 2
    assert "none.yml: cannot be read" in told.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give --config, --mysql or both"),
        (("--mysql", "mysql://a:t0ken@b/c"), "--mysql-password-file"),
        (("--mysql", "mysql://a@b/c", "--mysql-time-zone", "Mars"), "'Mars' is no time zone"),
        (("--mysql", "mysql://a@b/c", "--mysql-time-zone", "../etc"), "is no time zone"),
        (("--mysql", "mysql://a@b/c", "--mysql-password-file", "/nowhere"), "/nowhere: cannot be read"),
        (("--mysql", "mysql://a@b/c", "--cluster-name", ""), "cluster_name: flag --cluster-name"),
    ],
    ids=["nothing", "password", "zone", "path", "file", "setting"],
)
def test_wrong_arguments_are_told(arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(capsys, *arguments)
    assert (told.code, told.out) == (2, "")
    assert words in told.err
    assert "t0ken" not in told.err


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = file(tmp_path, APPLICATION)
    told = Told(capsys, "--config", config, "--out", config)
    assert (told.code, told.out) == (1, "")
    assert "cannot be written" in told.err


def test_a_missing_driver_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    monkeypatch.delitem(sys.modules, "kubevigil.moving.mysql", raising=False)
    monkeypatch.delattr(moving, "mysql", raising=False)
    told = Told(capsys, "--mysql", "mysql://a@b/c", "--data-dir", tmp_path)
    assert (told.code, told.err) == (
        1,
        "kubevigil import pod-monitor: --mysql needs the package pymysql: pip install 'kubevigil[mysql]'\n",
    )
