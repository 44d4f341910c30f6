"""Finds HealthChecks in files and folders, and has them judged."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from kubevigil.app import manifest_yaml
from kubevigil.healthchecks.lint import Lint, lint

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})


class NoSuchFile(Exception):
    """A path that is neither a file nor a folder."""


def lint_files(paths: Iterable[Path]) -> list[Lint]:
    """The verdict on every HealthCheck in the files, and in those of the folders that look like manifests.

    A file that cannot be read is refused as a whole. Raises NoSuchFile.
    """
    return [verdict for path in _files(paths) for verdict in _of_file(path)]


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.suffix in _SUFFIXES and inner.is_file())
        elif path.exists():
            yield path
        else:
            raise NoSuchFile(f"{path}: there is no such file or folder")


def _of_file(path: Path) -> list[Lint]:
    try:
        documents = list(manifest_yaml.documents(path.read_bytes()))
    except OSError as error:
        return [_refused(path, f"cannot be read: {error.strerror or error}")]
    except ValueError as error:
        return [_refused(path, f"is no YAML: {error}")]
    return lint([(str(path), document) for document in documents], manifest_yaml.document)


def _refused(path: Path, why: str) -> Lint:
    return {"file": str(path), "name": "", "verdict": "refused", "findings": [{"path": "", "message": why}]}
