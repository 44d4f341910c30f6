"""Which packages a set of files holds: read from what Debian and Python packages say of themselves."""

import re
import tarfile
from collections.abc import Mapping, Sequence
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Final, NamedTuple

from .errors import CannotBuildError

_STATUS: Final = "var/lib/dpkg/status"
_DECLARATION: Final = re.compile(rf"{_STATUS}|.*\.dist-info/(METADATA|INSTALLER)")
_DISTRIBUTION: Final = re.compile(r".*/([^/]+)-([^/-]+)\.dist-info/[^/]+")
_LONGEST_NAME: Final = 60

Files = Mapping[str, str]
"""Texts by their path in the image."""

Identity = tuple[str, str, str]
"""Kind, name and version of a package."""


class Package(NamedTuple):
    """A package that is installed. `needs` are names as its own kind of package writes them."""

    kind: str
    """`deb` or `pypi`, as a package URL has it."""
    name: str
    version: str
    architecture: str = ""
    license: str = ""
    """An SPDX expression or a name; '' where the package tells none in a form that a machine can read."""
    needs: tuple[str, ...] = ()


def declared_in_tree(root: Path) -> dict[str, str]:
    """The declarations of packages below `root`."""
    paths = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_text(encoding="utf-8") for name, path in paths.items() if _DECLARATION.fullmatch(name)}


def declared_in_layer(layer: Path) -> dict[str, str]:
    """The declarations of packages in a tar."""
    with tarfile.open(layer) as tar:
        members = [member for member in tar if _DECLARATION.fullmatch(member.name)]
        return {member.name: _content(tar, member) for member in members}


def packages(files: Files) -> list[Package]:
    """What `files` declare, sorted."""
    found = [package for path, text in files.items() for package in _read(path, text)]
    return sorted(found)


def require_all(listed: set[Identity], files: Files) -> None:
    """Raises CannotBuildError for a package in `files` that is not in `listed`.

    Reads the files once more by other means than `packages`: the folders that pip left, and plain lines.
    """
    debian = re.findall(r"^Package: (.+)\n(?:.+\n)*?Version: (.+)$", files.get(_STATUS, ""), re.MULTILINE)
    python = [found.groups() for path in files if (found := _DISTRIBUTION.fullmatch(path))]
    there = {("deb", *pair) for pair in debian} | {("pypi", normal(name), version) for name, version in python}
    if lacking := sorted(there - listed):
        raise CannotBuildError(f"packages in the image that its SBOM does not list: {lacking}")


def require_needs(application: str, there: Sequence[Package]) -> None:
    """Raises CannotBuildError for a requirement of the Python package `application` that is not in the image."""
    python = {package.name: package for package in there if package.kind == "pypi"}
    if lacking := [need for need in python[application].needs if need not in python]:
        raise CannotBuildError(f"requirements/runtime.txt lacks what {application} needs: {lacking}; run make lock")


def normal(name: str) -> str:
    """A Python package's name as all its spellings have it (PyPA: name normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    content = tar.extractfile(member)
    return content.read().decode() if content else ""


def _read(path: str, text: str) -> list[Package]:
    if path == _STATUS:
        return [_debian(message_from_string(paragraph)) for paragraph in text.strip().split("\n\n")]
    return [_python(message_from_string(text))] if path.endswith("/METADATA") else []


def _debian(told: Message) -> Package:
    wanted = ",".join(told.get(field, "") for field in ("Depends", "Pre-Depends"))
    names = [
        re.split(r"[ :(]", choice.strip(), maxsplit=1)[0] for choice in re.split(r"[,|]", wanted) if choice.strip()
    ]
    return Package("deb", told["Package"], told["Version"], told["Architecture"], needs=tuple(sorted(set(names))))


def _python(told: Message) -> Package:
    # An extra's requirements are not the package's own.
    wanted = [line for line in told.get_all("Requires-Dist", []) if "extra ==" not in line]
    names = {normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in wanted}
    return Package(
        "pypi", normal(told["Name"]), told["Version"], license=_license(told), needs=tuple(sorted(names))
    )  # fmt: skip


def _license(told: Message) -> str:
    if expression := told.get("License-Expression"):
        return str(expression)
    text = str(told.get("License", "")).strip()
    # Older packages put the whole text there.
    return text if text != "UNKNOWN" and len(text.splitlines()) == 1 and len(text) <= _LONGEST_NAME else ""
