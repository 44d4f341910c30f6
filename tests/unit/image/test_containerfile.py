"""The Containerfile is what the testbed's image is run by, and what it says is so. No engine is needed to read it."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from testbed.images.application import debian, filesystem
from testbed.images.application.containerfile import instructions, last_stage, run_config
from testbed.images.application.errors import CannotBuildError

from kubevigil import __version__
from kubevigil.app.settings import KEYS, Settings
from kubevigil.cli.main import COMMANDS

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")
CONFIG = run_config(TEXT)
ENVIRONMENT = dict(pair.split("=", 1) for pair in CONFIG["Env"])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def copied() -> list[str]:
    """What the build takes from the checkout."""
    copies = [arguments.split() for name, arguments in instructions(TEXT) if name == "COPY"]
    return [source for words in copies if not words[0].startswith("--from=") for source in words[:-1]]


def test_everything_that_it_copies_exists() -> None:
    assert copied()
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_everything_that_it_copies_and_nothing_else_is_sent_to_the_build() -> None:
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    assert sorted(line[1:] for line in lines if line.startswith("!")) == sorted(copied())


def test_both_names_of_the_ignore_file_have_the_same_content() -> None:
    assert (ROOT / ".dockerignore").read_bytes() == (ROOT / ".containerignore").read_bytes()


def test_every_pip_install_requires_hashes() -> None:
    runs = [arguments for name, arguments in instructions(TEXT) if name == "RUN" and "pip install" in arguments]
    assert runs
    assert [run for run in runs if "--require-hashes" not in run] == []


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_requirement_has_hashes(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
    pinned = re.split(r"^(?=[\w-]+==)", text, flags=re.MULTILINE)[1:]
    assert pinned
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_its_first_stage_is_the_debian_whose_packages_the_recipe_names() -> None:
    defaults = dict(arguments.split("=", 1) for name, arguments in instructions(TEXT) if name == "ARG")
    assert defaults["BASE"].split(":")[1].split("-")[0] == debian.RELEASE
    assert ("FROM", "${BASE} AS build") in instructions(TEXT)


def test_the_last_stage_holds_the_two_layers_and_nothing_else() -> None:
    assert [arguments for name, arguments in instructions(TEXT) if name == "FROM"][-1] == "scratch"
    copies = [arguments for name, arguments in last_stage(TEXT) if name == "COPY"]
    assert copies == ["--from=build /dependencies/ /", "--from=build /application/ /"]


def test_no_step_names_an_architecture() -> None:
    assert re.findall(r"amd64|x86|arm64|aarch64", TEXT) == []


def test_the_python_of_the_image_is_one_that_we_support() -> None:
    least = re.fullmatch(r">=3\.(\d+)", PROJECT["requires-python"])
    found = re.fullmatch(r"python3\.(\d+)", debian.PYTHON)
    assert least
    assert found
    assert int(found[1]) >= int(least[1])


def test_it_runs_our_command_by_a_list_so_that_no_shell_is_needed() -> None:
    assert CONFIG["Entrypoint"] == list(PROJECT["scripts"])
    assert CONFIG["Cmd"] == ["run"]
    assert "run" in COMMANDS
    assert ENVIRONMENT["PATH"].split(":")[0] == "/usr/local/bin"


def test_its_user_is_a_number_and_owns_the_data_folder() -> None:
    assert CONFIG["User"] == f"{filesystem.USER}:{filesystem.USER}"
    assert ENVIRONMENT["KUBEVIGIL_DATA_DIR"] == CONFIG["WorkingDir"] == f"/{filesystem.DATA}"


def test_it_sets_settings_that_there_are() -> None:
    set_here = {name for name in ENVIRONMENT if name.startswith("KUBEVIGIL_")}
    assert set_here
    assert set_here <= {key.variable for key in KEYS.values()}


def test_it_exposes_the_port_that_we_listen_on() -> None:
    assert CONFIG["ExposedPorts"] == {f"{Settings().listen.rpartition(':')[2]}/tcp": {}}


def test_its_version_is_ours() -> None:
    assert CONFIG["Labels"]["org.opencontainers.image.version"] == PROJECT["version"] == __version__
    assert CONFIG["Labels"]["org.opencontainers.image.licenses"] == PROJECT["license"]


def test_bytecode_is_never_written_at_run_time() -> None:
    assert ENVIRONMENT["PYTHONDONTWRITEBYTECODE"] == "1"


def test_only_the_last_stage_is_read() -> None:
    text = 'FROM a AS x\nUSER 1\nENV A=1\nFROM scratch\nCOPY --from=x / /\nUSER 2:2\nENV B="two words" \\\n    C=3\n'
    assert run_config(text) == {"User": "2:2", "Env": ["B=two words", "C=3"]}


def test_comments_and_case_do_not_matter() -> None:
    assert instructions("# a\nfrom x\n\n  # b\nENV A=1 \\\n # c\n  B=2\n") == [("FROM", "x"), ("ENV", "A=1 B=2")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ENTRYPOINT kubevigil run", "no shell"),
        ("CMD [run]", "no shell"),
        ("CMD [1]", "no shell"),
        ("RUN echo", "not known"),
        ("VOLUME /data", "not known"),
        ("ENV A", "KEY=VALUE"),
        ("ENV A 1", "KEY=VALUE"),
        ("LABEL version=${VERSION}", "a variable"),
    ],
)
def test_what_it_cannot_carry_over_is_refused_with_the_line(line: str, told: str) -> None:
    with pytest.raises(CannotBuildError, match=f"{re.escape(line)}.*{told}|{line.split(maxsplit=1)[0]}.*{told}"):
        run_config(f"FROM scratch\n{line}\n")


def test_a_list_is_read_as_json() -> None:
    words = ["a b", 'c"d', "é"]
    assert run_config(f"FROM scratch\nCMD {json.dumps(words)}\n")["Cmd"] == words
