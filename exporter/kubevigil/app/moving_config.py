"""Reads how kubernetes-pod-monitor was set, and writes what that is in our settings file and our chart's values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kubevigil.app import rendering_config, settings_file
from kubevigil.app.errors import Fault
from kubevigil.app.rendering import File, yaml_of
from kubevigil.app.settings import KEYS
from kubevigil.app.sources import SettingsError
from kubevigil.moving import predecessor, translation
from kubevigil.moving.predecessor import Given, Predecessor
from kubevigil.moving.remarks import Remark, Step, Verdict
from kubevigil.moving.translation_slack import SECRET

_VARIABLE: Final = re.compile(r"(?:export +|- *)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_MOST_BYTES: Final = 1 << 20
_SLACK_API: Final = "https://slack.com/api/chat.postMessage"
_SECRET_COMMAND: Final = (
    f"kubectl -n NAMESPACE create secret generic {SECRET} --from-file=token=FILE --from-literal=api-url={_SLACK_API}"
)


class Output(NamedTuple):
    """Our files, the remarks, and commands that are still to be given by hand."""

    files: tuple[File, ...]
    remarks: tuple[Remark, ...]
    commands: tuple[str, ...]


def read(paths: Sequence[Path]) -> Predecessor:
    """What the files say, the later before the earlier: an application.yml, its chart's values, or NAME=VALUE lines.

    Raises SettingsError with all that cannot be read.
    """
    faults: list[Fault] = []
    given = [_given(path, faults) for path in paths]
    if faults:
        raise SettingsError(faults)
    return predecessor.together(*given)


def output(steps: Iterable[Step]) -> Output:
    """Our files. A setting that we would refuse is left out, and told."""
    plan = translation.plan(map(_checked, steps))
    named = (("settings.yaml", "kubevigil run --config", plan.settings), ("values.yaml", "helm --values", plan.values))
    files = tuple(File(name, f"# For {use}.\n{yaml_of([content])}") for name, use, content in named if content)
    wants_secret = plan.values.get("slack", {}).get("secret", {}).get("name") == SECRET
    return Output(files, plan.remarks, (_SECRET_COMMAND,) if wants_secret else ())


def _checked(step: Step) -> Step:
    for key, value in step.settings.items():
        kind = KEYS[key].kind
        try:
            kind.read(tuple(value) if isinstance(value, list) else str(value))
        except ValueError:
            names = ", ".join(remark.theirs for remark in step.remarks)
            return Step((Remark(Verdict.LEFT, names, "", f"not as {key} may be; allowed: {kind.allowed}"),))
    return step


def _given(path: Path, faults: list[Fault]) -> Given:
    variables = _variables(path)
    if variables:
        return predecessor.of_environment(variables)
    typed = rendering_config.read(path)
    if typed.faults or predecessor.is_chart(typed.values):
        faults += typed.faults
        return predecessor.of_chart(typed.values)
    entries, unreadable = settings_file.read(path)
    faults += unreadable
    return predecessor.of_file({entry.key: entry.raw for entry in entries if isinstance(entry.raw, str)})


def _variables(path: Path) -> dict[str, str]:
    """The variables, where every line of the file is one; else none. What is unreadable is told by who reads YAML."""
    try:
        with path.open("rb") as file:
            lines = file.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return {}
    matches = [_VARIABLE.fullmatch(line) for line in _said(lines)]
    return {match[1]: _bare(match[2]) for match in matches if match} if all(matches) else {}


def _said(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if (text := line.strip().partition(" #")[0].rstrip()) and not text.startswith("#"):
            yield text


def _bare(text: str) -> str:
    """A value without the quotes around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
