"""The compose file fits the program: its commands, its settings, its ports. No engine is needed, and none is asked."""

import os
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from kubevigil.cli.main import main

FOLDER: Final = Path(__file__).parents[3] / "compose"
_VARIABLE: Final = re.compile(r"\$\{[A-Z_]+:-([^}]*)\}")


def read(name: str) -> Any:
    """The file, with the default of each variable in its place."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return yaml.safe_load(_VARIABLE.sub(lambda match: match[1], text))


COMPOSE: Final = read("compose.yaml")
SERVICES: Final[dict[str, Any]] = COMPOSE["services"]
OURS: Final = [name for name, service in SERVICES.items() if service["image"] == "kubevigil"]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(variable)


@pytest.mark.parametrize("name", OURS)
def test_its_settings_are_settings_of_ours(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable, text in SERVICES[name].get("environment", {}).items():
        monkeypatch.setenv(variable, text)
    assert main(["config", "show"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", OURS)
def test_its_command_is_one_of_ours(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = SERVICES[name].get("command", ["run"])
    words = [word for word in command[:2] if not word.startswith("-")]
    assert main([*words, "--help"]) == 0
    flags = [word for word in command if word.startswith("--")]
    help_ = capsys.readouterr().out
    assert [flag for flag in flags if flag not in help_] == []


def test_the_rules_are_written_where_prometheus_reads_them(tmp_path: Path) -> None:
    command = [*SERVICES["rules"]["command"][:-1], str(tmp_path / "rules")]
    assert main(command) == 0
    (pattern,) = read("prometheus.yaml")["rule_files"]
    assert SERVICES["rules"]["command"][-1] == "/var/lib/kubevigil/rules"
    assert SERVICES["rules"]["volumes"] == ["rules:/var/lib/kubevigil"]
    assert "rules:/etc/kubevigil:ro" in SERVICES["prometheus"]["volumes"]
    assert list(tmp_path.glob(pattern.removeprefix("/etc/kubevigil/")))


def test_prometheus_scrapes_both_processes_at_their_ports() -> None:
    targets = [job["static_configs"][0]["targets"] for job in read("prometheus.yaml")["scrape_configs"]]
    assert targets == [["kubevigil:8080"], ["ship:8081"]]
    assert [SERVICES[name]["ports"] for name in ("kubevigil", "ship")] == [
        ["127.0.0.1:8080:8080"],
        ["127.0.0.1:8081:8081"],
    ]


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", OURS)
def test_each_of_ours_has_no_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "build" in service


def test_images_of_others_are_of_one_version_and_from_wherever_the_engine_takes_them() -> None:
    images = {name: service["image"] for name, service in SERVICES.items() if name not in OURS}
    assert sorted(images) == ["elasticsearch", "prometheus"]
    for image in images.values():
        assert re.fullmatch(r"([a-z]+/)?[a-z]+:v?[0-9]+\.[0-9]+\.[0-9]+", image)  # a registry's name has a dot


def test_exporter_and_sidecar_share_the_store() -> None:
    assert all("data:/var/lib/kubevigil" in SERVICES[name]["volumes"] for name in ("kubevigil", "ship"))


def test_every_volume_and_every_service_that_is_named_is_there() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "/"))
    }
    assert used == set(COMPOSE["volumes"])
    assert {name for service in SERVICES.values() for name in service.get("depends_on", {})} <= set(SERVICES)
    hosts = SERVICES["ship"]["environment"]["KUBEVIGIL_ELASTICSEARCH_HOSTS"]
    assert hosts == "http://elasticsearch:9200"
