"""Python's part of the image: the pinned requirements and our own wheel, installed and compiled by its interpreter."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from .errors import CannotBuildError
from .interpreter import Interpreter

SOURCES: Final = ("pyproject.toml", "README.md", "LICENSE", "exporter/kubevigil")
"""What our wheel is made of."""


WITHOUT_WHEELS: Final[Mapping[str, Collection[str]]] = {"aarch64": ("jsonnet",)}
"""By machine, requirements that offer no wheel for it and are compiled: that needs g++ and Python's headers."""


def install_requirements(
    python: Interpreter, pip: Path, requirements: Path, scratch: Path, machine: str = platform.machine()
) -> None:
    """Installs exactly the listed files: a hash that is not there or does not fit ends it with CannotBuildError.

    What has no wheel for this machine is made of its listed source, in `scratch`, which must be empty.
    """
    compiled, wheels = divided(requirements.read_text(encoding="utf-8"), WITHOUT_WHEELS.get(machine, ()))
    listed = scratch / "wheels.txt"
    listed.write_text(wheels, encoding="utf-8")
    _pip(python, pip, "--require-hashes", "--only-binary", ":all:", "--requirement", listed)
    if compiled:
        source = scratch / "compiled.txt"
        source.write_text(compiled, encoding="utf-8")
        _make_wheels(
            "what has no wheel for this machine",
            scratch,
            "--require-hashes",
            "--no-binary",
            ":all:",
            "--requirement",
            source,
        )
        names = [line.split()[0] for line in compiled.splitlines() if "==" in line]
        _pip(python, pip, "--no-index", "--find-links", scratch, *names)


def divided(requirements: str, names: Collection[str]) -> tuple[str, str]:
    """The requirements of these names, each with its hashes, and all others."""
    parts: tuple[list[str], list[str]] = ([], [])
    part = parts[1]
    for line in requirements.splitlines(keepends=True):
        if line[0].isalnum():
            part = parts[line.split("==")[0] not in names]
        part.append(line)
    return "".join(parts[0]), "".join(parts[1])


def install_application(python: Interpreter, pip: Path, wheel: Path, stage: Path) -> Path:
    """Installs our wheel, and nothing else, into `stage`; the root of what was installed."""
    # By name from a folder, not by path: pip would keep the path of this machine in the image.
    requirement = "==".join(wheel.name.split("-")[:2])
    _pip(python, pip, "--no-index", "--find-links", wheel.parent, "--root", stage, requirement)
    return stage / python.root.resolve().relative_to("/")


def build_wheel(project: Path, scratch: Path) -> Path:
    """Our wheel, made from a copy: a build leaves files in its source. Raises CannotBuildError."""
    source = scratch / "source"
    for name in SOURCES:
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (project / name).is_dir():
            shutil.copytree(project / name, copy)
        else:
            shutil.copyfile(project / name, copy)
    _make_wheels("our wheel", scratch, source)
    return next(scratch.glob("*.whl"))


def _make_wheels(what: str, into: Path, *sources: str | Path) -> None:
    """By the Python that runs this, with what is installed beside it. Raises CannotBuildError."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", into, *sources]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        raise CannotBuildError(f"{what} cannot be built:\n{told.stdout}{told.stderr}")


def compile_modules(python: Interpreter, root: Path, *folders: str) -> None:
    """Writes bytecode that never asks for its source's time: the file system will be read-only, and times are fixed."""
    python.run(
        "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash",
        "-s", root, "-p", "/", *(root / folder for folder in folders),
    )  # fmt: skip


def _pip(python: Interpreter, pip: Path, *arguments: str | Path) -> None:
    python.run(
        pip / "pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-warn-script-location",
        "--disable-pip-version-check", "--break-system-packages", "--root-user-action", "ignore",
        "--ignore-installed", *arguments,
    )  # fmt: skip
