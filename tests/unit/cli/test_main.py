import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kubevigil import __version__
from kubevigil.app.settings import KEYS
from kubevigil.cli import main as frame
from kubevigil.cli.command import Command
from kubevigil.cli.main import main


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(variable)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def instead_of_config(monkeypatch: pytest.MonkeyPatch, run: Callable[[], int]) -> None:
    command = Command("config", "", lambda _: None, lambda _: run())
    monkeypatch.setattr(frame, "_command", lambda _: command)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--version") == (0, f"kubevigil {__version__}\n", "")


def test_without_arguments_the_help_is_on_stderr_and_the_code_is_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "COMMANDS", {"config": "kubevigil.cli.config"})
    code, out, err = told(capsys)
    assert (code, out) == (2, "")
    assert told(capsys, "--help") == (0, err, "")
    assert "\n  config  Shows every setting, its value and where it is from.\n" in err


def test_every_command_is_found_by_its_own_name() -> None:
    assert [frame._command(name).name for name in frame.COMMANDS] == list(frame.COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["cofnig"], "kubevigil: unknown command 'cofnig', did you mean 'config'?; see kubevigil --help"),
        (["--verison"], "kubevigil: unknown argument '--verison', did you mean '--version'?; see kubevigil --help"),
        (["zzz"], "kubevigil: unknown command 'zzz'; see kubevigil --help"),
        (
            ["config", "show", "--lisen", ":1"],
            "kubevigil config: unknown argument '--lisen', did you mean '--listen'?; see kubevigil config --help",
        ),
        (
            ["config", "show", "--list"],
            "kubevigil config: unknown argument '--list', did you mean '--listen'?; see kubevigil config --help",
        ),
        (["config", "show", "more"], "kubevigil config: too many arguments; see kubevigil config --help"),
        (["config", "shwo"], "kubevigil config: argument what: invalid choice: 'shwo' (choose from 'show')"),
        (["config"], "kubevigil config: the following arguments are required: what"),
        (["config", "show", "--listen"], "kubevigil config: argument --listen: expected one argument"),
    ],
)
def test_a_usage_error_is_one_line_with_the_nearest_name_and_code_2(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, *arguments) == (2, "", line + "\n")


@pytest.mark.parametrize("arguments", [["--stroe", "hunter2"], ["--stroe=hunter2"]])
def test_the_value_of_an_unknown_flag_is_not_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "hunter2" not in str(told(capsys, "config", "show", *arguments))


def test_an_interrupt_is_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    instead_of_config(monkeypatch, interrupted)
    assert main(["config"]) == 130


def test_what_a_command_returns_is_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_config(monkeypatch, lambda: 3)
    assert main(["config"]) == 3


@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_reader_that_has_seen_enough_is_no_error(buffering: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "kubevigil.cli.main", "config", "show"],
            stdout=closed,
            stderr=subprocess.PIPE,
            env={k: v for k, v in os.environ.items() if not k.startswith(("KUBEVIGIL_", "PYTHONUNBUFFERED"))}
            | buffering,
            check=False,
            timeout=30,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_config_show_tells_every_key_its_value_and_source(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("pods: {info: all}\n")
    monkeypatch.setenv("KUBEVIGIL_NAMESPACES", "shop,pay")
    code, out, err = told(capsys, "config", "show", "--json", "--config", str(file), "--baseline-window=90m")
    rows = {row.pop("key"): row for row in json.loads(out)}
    assert (code, err, list(rows)) == (0, "", list(KEYS))
    assert rows["pods.info"] == {"value": "all", "source": f"file {file}:1"}
    assert rows["namespaces"] == {"value": ["shop", "pay"], "source": "environment KUBEVIGIL_NAMESPACES"}
    assert rows["baseline_window"] == {"value": "1h30m", "source": "flag --baseline-window"}
    assert rows["records.limit"] == {"value": 100_000, "source": "default"}


def test_config_show_for_people_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "config", "show", "--namespaces", "shop,pay")
    lines = [line.split() for line in out.splitlines()]
    assert (code, lines[0], len(lines)) == (0, ["KEY", "VALUE", "SOURCE"], len(KEYS) + 1)
    assert ["namespaces", "shop,pay", "flag", "--namespaces"] in lines


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_config_show_tells_no_secret(
    more: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEVIGIL_STORE", "postgresql://u:hunter2@host/db")
    code, out, err = told(capsys, "config", "show", *more)
    assert code == 0
    assert "postgresql://u:***@host/db" in out
    assert "hunter2" not in out + err


def test_bad_settings_are_told_all_at_once_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, "config", "show", "--listen", "x", "--log-level", "loud", "--config", "/nowhere")
    assert (code, out) == (2, "")
    assert [line.split(":")[0] for line in err.splitlines()] == ["config", "listen", "log_level"]


def test_every_setting_is_a_flag_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "config", "--help")
    assert code == 0
    assert [key.flag for key in KEYS.values() if key.flag not in out] == []


def test_output_is_flushed_before_the_code_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    class Flushed(io.StringIO):
        flushes = 0

        def flush(self) -> None:
            self.flushes += 1

    out = Flushed()
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["--version"]) == 0
    assert out.flushes > 0
