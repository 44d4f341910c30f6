"""Every command in our pages is one that works: parsed as it would be, rendered, looked up, or marked as not shown.

Flags of Helm and kubectl, and what Helm renders of the chart, are judged in tests/chart/test_documented_commands.py,
those of the runbooks in tests/rules/test_runbooks.py.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest
import yaml

from kubevigil.app.settings import KEYS
from kubevigil.app.sources import CONFIG_VARIABLE
from kubevigil.cli.main import COMMANDS, main
from kubevigil.cli.parsing import Parser, UsageError

from .commands import ROOT, Block, Command, blocks, files, options, typed

Judge = Callable[[Command], None]

_EVERYDAY: Final = frozenset({"cd", "export", "grep", "sed", "tail", "wc"})
"""What every shell has, and nothing of ours is in."""

_ELSEWHERE: Final = frozenset({"helm", "kubectl"})
"""Judged where these programs are."""

_TARGETS: Final = frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
_EXTRAS: Final[Mapping[str, object]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]
_VARIABLES: Final = frozenset({CONFIG_VARIABLE, *(key.variable for key in KEYS.values())})
_PATHS: Final = frozenset({"/metrics", "/healthz", "/readyz"})


def _kubevigil(command: Command) -> None:
    _, *arguments = command.words
    name = " ".join(arguments[:2]) if " ".join(arguments[:2]) in COMMANDS else arguments[0]
    if name.startswith("-"):
        assert main([name]) == 0
        return
    if name not in COMMANDS:
        raise UsageError(f"there is no command {name}")
    own = import_module(COMMANDS[name]).COMMAND
    parser = Parser(prog=f"kubevigil {name}", description=own.help)
    own.add(parser)
    parser.parse(arguments[len(name.split()) :])


def _make(command: Command) -> None:
    unknown = {word for word in command.words[1:] if "=" not in word} - _TARGETS
    assert not unknown, f"no target {unknown} in the Makefile"


def _python(command: Command) -> None:
    assert command.words[1] == "-m", "python is only used with -m"
    module, arguments = command.words[2], command.words[3:]
    if module == "pytest":
        paths = [word for word in arguments if "/" in word]
        assert all((ROOT / path).exists() for path in paths), paths
    else:
        path = ROOT / (module.replace(".", "/"))
        sources = (path.with_suffix(".py"), path / "__main__.py", ROOT / "exporter" / path.relative_to(ROOT))
        assert any(source.exists() or source.with_suffix(".py").exists() for source in sources), module


def _pip(command: Command) -> None:
    extras = re.findall(r"kubevigil\[(\w+)\]", " ".join(command.words))
    assert extras, "no package of ours"
    assert set(extras) <= _EXTRAS.keys(), extras


def _curl(command: Command) -> None:
    addresses = [word for word in command.words[1:] if not word.startswith("-")]
    for address in addresses:
        found = re.fullmatch(r"(?:http://)?localhost:808[01](/\w+)", address)
        assert found, f"{address} is no address of ours"
        assert found[1] in _PATHS, address


def _script(command: Command) -> None:
    assert (ROOT / command.words[0]).is_file(), f"there is no {command.words[0]}"


_JUDGES: Final[Mapping[str, Judge]] = {
    "kubevigil": _kubevigil,
    ".venv/bin/kubevigil": _kubevigil,
    "make": _make,
    "python": _python,
    ".venv/bin/python": _python,
    "pip": _pip,
    "curl": _curl,
}


def _judge(command: Command) -> Judge | None:
    """Who judges it; None where nobody can."""
    program = command.words[0]
    if program.startswith(("testbed/", "tests/")):
        return _script
    return _JUDGES.get(program)


def _inner(command: Command) -> Command | None:
    """What is run in a pod: `kubectl exec ... -- this`."""
    _, found, rest = "\0".join(command.words).partition("\0--\0")
    return Command(tuple(rest.split("\0"))) if command.words[0] == "kubectl" and found else None


def _faults(block: Block, command: Command) -> str | None:
    """What is wrong with a command of ours, or that nobody can say."""
    if not command.words or command.words[0] in _EVERYDAY:
        return None
    if command.words[0] in _ELSEWHERE:
        inner = _inner(command)
        return _faults(block, inner) if inner else None
    judge = _judge(command)
    if judge is None:
        return None if block.mark else f"nobody judges {command.words[0]}: mark the block"
    try:
        judge(command)
    except (AssertionError, UsageError) as error:
        # Another's page under the address of a program of ours, and the like, may be marked; our own commands never.
        return None if block.mark and judge is not _kubevigil else str(error)
    return None


@pytest.mark.parametrize("block", typed(), ids=lambda block: block.place)
def test_every_command_in_our_pages_can_be_given_as_it_stands(block: Block) -> None:
    assert block.commands(), "a block of commands has lines that begin with $"
    assert [fault for command in block.commands() if (fault := _faults(block, command))] == []


@pytest.mark.parametrize("block", typed(), ids=lambda block: block.place)
def test_every_setting_that_is_given_by_environment_is_one(block: Block) -> None:
    words = [word for command in block.commands() for word in (*command.words, *command.given)]
    given = {name for word in words if (name := word.partition("=")[0]).startswith("KUBEVIGIL_") and "=" in word}
    tests = {"KUBEVIGIL_FAULTS", "KUBEVIGIL_RULES", "KUBEVIGIL_CHART", "KUBEVIGIL_STORES", "KUBEVIGIL_SITE"}
    files_of_secrets = {f"{key.variable}_FILE" for key in KEYS.values() if key.kind.is_secret}
    assert given <= _VARIABLES | files_of_secrets | tests


@pytest.mark.parametrize("block", [b for b in typed() if b.mark], ids=lambda block: block.place)
def test_a_mark_gives_a_reason_or_a_test_that_there_is(block: Block) -> None:
    what, _, rest = block.mark.partition(": ")
    assert what in {"run", "not run"}, block.mark
    if what == "run":
        path, name = rest.split()
        assert re.search(rf"^def {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), rest
    else:
        assert len(rest.split()) > 2


_RENDERED: Final = [
    (block, command)
    for block in typed()
    for command in block.commands()
    if command.words[:1] == ("kubevigil",) and command.words[1:2] == ("render",)
    if set(options(command.words, "--config")) & files(block.page).keys() and "--check" not in command.words
]
"""With values that the page shows: what is rendered without is compared byte by byte elsewhere."""


@pytest.mark.parametrize(("block", "command"), _RENDERED, ids=[f"{b.place}-{n}" for n, (b, _) in enumerate(_RENDERED)])
def test_values_that_a_page_shows_are_rendered(
    block: Block, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files(block.page).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(command.words[1:]) == 0
    assert capsys.readouterr().out or [path for path in tmp_path.iterdir() if path.is_dir()]


def test_every_file_that_a_page_shows_is_yaml() -> None:
    shown = [(page, text) for page in {block.page for block in typed()} for text in files(page).values()]
    assert shown
    for _, text in shown:
        assert list(yaml.safe_load_all(text))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("$ a b # c", [("a", "b")]),
        ("$ a | b && c > d < e; f", [("a",), ("b",), ("c",), ("f",)]),
        ("$ X=1 a 'b # c' \\\n    --d=\"e f\"   # g", [("a", "b # c", "--d=e f")]),
        ("$ $(a --b)/c d", [("a", "--b"), ("SUBSTITUTED/c", "d")]),
        ("$ a -- b c\nan answer\n  $ d", [("a", "--", "b", "c"), ("d",)]),
    ],
)
def test_a_line_is_taken_apart_as_a_shell_does(line: str, words: list[tuple[str, ...]]) -> None:
    block = Block(ROOT / "README.md", 1, "console", "", line)
    assert [command.words for command in block.commands()] == words


@pytest.mark.parametrize(
    "line",
    [
        "kubevigil run --lissten :8080",
        "kubevigil crashes lsit",
        ".venv/bin/kubevigil ship --onec",
        "kubectl exec POD -- kubevigil crashes list --utcc",
        "make tset",
        "python -m tests.perf.nothing",
        "curl localhost:8080/metrisc",
        "pip install 'kubevigil[oracle]'",
        "testbed/instal",
        "crictl ps",
    ],
)
def test_a_misspelt_command_is_found(line: str) -> None:
    block = Block(ROOT / "README.md", 1, "console", "", f"$ {line}")
    assert _faults(block, block.commands()[0])


def test_a_mark_excuses_nothing_of_ours() -> None:
    block = Block(ROOT / "README.md", 1, "console", "not run: it needs a cluster", "$ kubevigil run --lissten :8080")
    assert _faults(block, block.commands()[0])


def test_blocks_in_lists_are_found_with_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("1. x\n   <!-- not run: for a reason -->\n   ```console\n   $ a\n   ```\n", encoding="utf-8")
    assert [(block.line, block.mark, block.text) for block in blocks(page)] == [(3, "not run: for a reason", "$ a")]
