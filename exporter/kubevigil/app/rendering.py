"""What `kubevigil render` makes: the values checked, the mixin's documents as text, and how they differ from files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kubevigil.app import rendering_config, rendering_yaml
from kubevigil.app.errors import AppError, Fault
from kubevigil.app.sources import SettingsError
from kubevigil.bundle import documents
from kubevigil.bundle.configuration import mistakes
from kubevigil.bundle.documents import Config, Document
from kubevigil.bundle.errors import NothingToRender


class CannotWrite(AppError):
    """A file cannot be written or compared; the message names it."""


class File(NamedTuple):
    """A file's name below the folder that is written to, and its text."""

    name: str
    text: str


class Output(NamedTuple):
    """The files, and what their reader should know, in sentences: which kinds have none, what was left out."""

    files: Sequence[File]
    remarks: Sequence[str]


def config_in(path: Path | None) -> Config:
    """The values that the file gives, none without one. Raises SettingsError with all faults, and MixinError."""
    if path is None:
        return {}
    given = rendering_config.read(path)
    told = {fault.key for fault in given.faults}
    found = [
        Fault(rendering_config.shown(mistake.path), given.sources[mistake.path], None, mistake.advice)
        for mistake in mistakes(given.values, documents.defaults())
    ]
    faults = [*given.faults, *(fault for fault in found if fault.key not in told)]
    if faults:
        raise SettingsError(faults)
    return given.values


def render(kinds: Sequence[str], wanted: str, config: Config) -> Output:
    """The files of these kinds in the format `wanted` ('' for the default of each). Raises MixinError."""
    files: list[File] = []
    remarks: list[str] = []
    for kind in kinds:
        try:
            rendered = documents.render(kind, wanted, config)
        except NothingToRender as reason:
            remarks.append(str(reason))
        else:
            files += [File(document.name, _text(document, kind, wanted)) for document in rendered.documents]
            remarks += [f"{kind}: {warning}" for warning in rendered.warnings]
    return Output(files, remarks)


def _text(document: Document, kind: str, wanted: str) -> str:
    if not document.objects:
        return document.text
    command = f"kubevigil render {kind} --format {wanted or documents.formats(kind)[0]}"
    return header(command) + yaml_of(document.objects)


def header(command: str) -> str:
    """The comment at the top of a file that `command` writes."""
    return f"# Rendered by {command}; do not edit.\n"


def yaml_of(objects: Sequence[Any]) -> str:
    """The objects as a YAML stream."""
    return rendering_yaml.stream(objects)


def printed(files: Sequence[File]) -> str:
    """All of them as one text: JSON lines if there is nothing else, else YAML, with each such line a document of it."""
    if all(_is_json_lines(file) for file in files):
        return "".join(file.text for file in files)
    return "---\n".join(text for file in files for text in _documents(file))


def _documents(file: File) -> Sequence[str]:
    return file.text.splitlines(keepends=True) if _is_json_lines(file) else [file.text]


def _is_json_lines(file: File) -> bool:
    return file.name.endswith(".ndjson")


def write(files: Sequence[File], folder: Path) -> None:
    """Writes the files into `folder`, which is made if it is not there. Raises CannotWrite."""
    for file in files:
        path = folder / file.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
        except OSError as error:
            raise CannotWrite(f"{path}: cannot be written ({error.strerror})") from error


def drift(files: Sequence[File], folder: Path) -> Mapping[Path, str]:
    """The files that are not in `folder` as they should be, and how they differ. Raises CannotWrite."""
    found: dict[Path, str] = {}
    for file in files:
        path = folder / file.name
        difference = _difference(path, file.text)
        if difference:
            found[path] = difference
    return found


def _difference(path: Path, text: str) -> str:
    try:
        there = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be read ({error.strerror})") from error
    if there == text:
        return ""
    pairs = enumerate(zip(there.splitlines(), text.splitlines(), strict=False), start=1)
    line = next((number for number, (old, new) in pairs if old != new), None)
    return f"differs from line {line} on" if line else "differs at its end"
