"""The commands of Helm and kubectl in our pages: their flags are known, and the chart takes the values."""

import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests.unit.docs.commands import ROOT, Block, Command, files, options, typed

from .binaries import Binaries
from .helm import CHART, Helm, Refused

_TYPED = [(block, command) for block in typed() for command in block.commands() if command.words]
_OF_OUR_CHART = [(block, command) for block, command in _TYPED if "charts/kubevigil" in command.words[2:]]

_OF_THE_CLUSTER = ("--set", "slack.matcherStrategy=None")
"""What an installation reads from the cluster's Alertmanager, and a rendering must be told."""

_VALUES = ("--set", "--set-string", "--set-file", "--set-json", "-f", "--values")

_TWO_WORDS = frozenset({"auth", "config", "create", "rollout", "set", "top"})
"""Commands of kubectl that have others below them."""


def _of(program: str) -> list[Command]:
    return [command for _, command in _TYPED if command.words[0] == program]


@cache
def _help(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _known(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])(--?[a-zA-Z][a-z0-9.-]*)", text))


def _flags(command: Command) -> set[str]:
    """The flags before `--`, where another program's begin."""
    own = "\0".join(command.words).partition("\0--\0")[0].split("\0")
    return {word for word in (word.partition("=")[0] for word in own) if re.fullmatch(r"--?[a-zA-Z][a-z0-9.-]*", word)}


def _unknown_to_helm(program: str, command: Command) -> set[str]:
    depth = 2 if command.words[1] == "get" else 1
    text = _help(program, *command.words[1 : 1 + depth], "--help")
    assert re.search(rf"^  helm {' '.join(command.words[1 : 1 + depth])} ", text, re.MULTILINE), "no such command"
    return _flags(command) - _known(text)


def _unknown_to_kubectl(program: str, command: Command) -> set[str]:
    verbs = list(_verbs(command))
    text = _help(program, *verbs, "--help")
    assert re.search(rf"^  kubectl {' '.join(verbs)} ", text, re.MULTILINE), f"no such command: {verbs}"
    return _flags(command) - _known(text) - _known(_help(program, "options"))


def _verbs(command: Command) -> Iterator[str]:
    rest = iter(command.words[1:])
    for word in rest:
        if word in {"-n", "--namespace", "--context", "--kubeconfig"}:
            next(rest)
        elif not word.startswith("-"):
            yield word
            if word not in _TWO_WORDS:
                return
            second = next(rest)
            yield second
            if second == "secret":
                yield next(rest)
            return


@pytest.mark.parametrize("command", _of("helm"), ids=lambda command: " ".join(command.words[:3]))
@pytest.mark.parametrize("version", ["helm3", "helm4"])
def test_helm_knows_each_flag(binaries: Binaries, version: str, command: Command) -> None:
    assert _unknown_to_helm(binaries[version], command) == set()


@pytest.mark.parametrize("command", _of("kubectl"), ids=lambda command: " ".join(command.words[:4]))
def test_kubectl_knows_each_flag(binaries: Binaries, command: Command) -> None:
    assert _unknown_to_kubectl(binaries["kubectl"], command) == set()


@pytest.mark.parametrize(
    ("block", "command"), _OF_OUR_CHART, ids=[f"{block.place}-{n}" for n, (block, _) in enumerate(_OF_OUR_CHART)]
)
@pytest.mark.parametrize("version", ["helm3", "helm4"])
def test_the_chart_takes_the_values(
    binaries: Binaries, version: str, block: Block, command: Command, tmp_path: Path
) -> None:
    _rendered(Helm(binaries[version], tmp_path), block, command, tmp_path)


@pytest.mark.parametrize("version", ["helm3", "helm4"])
def test_what_gitops_renders_depends_on_no_cluster(binaries: Binaries, version: str, tmp_path: Path) -> None:
    block, command = next((b, c) for b, c in _OF_OUR_CHART if b.page == ROOT / "docs" / "gitops.md")
    kinds = ("monitoring.coreos.com/v1", "monitoring.coreos.com/v1alpha1", "security.openshift.io/v1")
    everything = [part for kind in kinds for part in ("--api-versions", kind)]
    helm = Helm(binaries[version], tmp_path)
    alone = _rendered(helm, block, command, tmp_path)
    assert _rendered(helm, block, command, tmp_path, everything) == alone
    kinds_made = set(re.findall(r"^kind: (\w+)", alone, re.MULTILINE))
    assert {"ServiceMonitor", "PrometheusRule", "AlertmanagerConfig"} <= kinds_made


def _rendered(helm: Helm, block: Block, command: Command, folder: Path, flags: Iterable[str] = ()) -> str:
    """What `helm template` makes of the command's values, with the files that its page shows."""
    folder.mkdir(exist_ok=True)
    for name, text in files(block.page).items():
        (folder / name).write_text(text, encoding="utf-8")
    given = [str(folder / value) if (folder / value).is_file() else value for value in _values(command)]
    missing = [name for name in options(command.words, "-f", "--values") if not (folder / name).is_file()]
    if missing and block.mark:
        return ""
    assert missing == [], "the page does not show the file; mark the block"
    return helm.run(["template", "kubevigil", str(CHART), *given, *_OF_THE_CLUSTER, *flags])


def _values(command: Command) -> Iterator[str]:
    for word, value in pairwise(command.words):
        if word in _VALUES:
            yield from (word, value)
        elif word.partition("=")[0] in _VALUES:
            yield word


@pytest.mark.parametrize(
    "line", ["upgrade kubevigil charts/kubevigil --reuse-value", "get vlaues kubevigil", "instal x"]
)
def test_a_misspelt_command_of_helm_is_found(binaries: Binaries, line: str) -> None:
    with pytest.raises(AssertionError):
        assert _unknown_to_helm(binaries["helm3"], Command(("helm", *line.split()))) == set()


@pytest.mark.parametrize("line", ["-n x gett pods", "get pods --output-as yaml", "create secrte generic x"])
def test_a_misspelt_command_of_kubectl_is_found(binaries: Binaries, line: str) -> None:
    with pytest.raises(AssertionError):
        assert _unknown_to_kubectl(binaries["kubectl"], Command(("kubectl", *line.split()))) == set()


@pytest.mark.parametrize("value", ["healthcheck.enabled=true", "sizing=huge", "persistence.enabled=maybe"])
def test_a_misspelt_value_is_found(helm: Helm, value: str, tmp_path: Path) -> None:
    command = Command(("helm", "install", "kubevigil", "charts/kubevigil", "--set", value))
    with pytest.raises(Refused):
        _rendered(helm, Block(ROOT / "README.md", 1, "console", "", ""), command, tmp_path)
