"""Python's part of the image: the pinned requirements and our own wheel, installed and compiled by its interpreter."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from .errors import CannotBuildError
from .interpreter import Interpreter

SOURCES: Final = ("pyproject.toml", "README.md", "LICENSE", "exporter/kubevigil")
"""What our wheel is made of."""


def install_requirements(python: Interpreter, pip: Path, requirements: Path) -> None:
    """Installs exactly the listed files: a hash that is not there or does not fit ends it with CannotBuildError."""
    _pip(python, pip, "--require-hashes", "--only-binary", ":all:", "--requirement", requirements)


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
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        scratch,
        source,
    ]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        raise CannotBuildError(f"our wheel cannot be built:\n{told.stdout}{told.stderr}")
    return next(scratch.glob("*.whl"))


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
