"""Runs the Python that was unpacked for the image, where it lies: with its own loader, libraries and modules.

So pip picks the wheels that fit the image, and bytecode is the image's, whatever Python this machine has.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .debian import PYTHON
from .errors import CannotBuildError


class Interpreter:
    """The Python below `root`, an unpacked file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        libraries = next((root / "usr/lib").glob("*-linux-gnu*"))
        self._loader: list[str | Path] = [next(libraries.glob("ld-linux-*.so.*")), "--library-path", libraries]

    @property
    def packages(self) -> Path:
        """Where Debian's Python looks for what pip installed."""
        return self.root / "usr/local/lib" / PYTHON / "dist-packages"

    def run(self, *arguments: str | Path) -> None:
        """Runs it; raises CannotBuildError with what it printed."""
        # The name that it is told is what scripts are made to start with.
        command = [*self._loader[:1], "--argv0", f"/usr/bin/{PYTHON}", *self._loader[1:]]
        environment = _without_python(os.environ) | {"PYTHONHOME": str(self.root / "usr"), "PYTHONHASHSEED": "0"}
        told = subprocess.run(
            [*command, self.root / "usr/bin" / PYTHON, "-sB", *arguments],
            check=False, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        if told.returncode:
            shown = " ".join(str(argument) for argument in arguments[:3])
            raise CannotBuildError(f"{PYTHON} {shown} failed:\n{told.stdout.strip()}\n{told.stderr.strip()}")

    def require_libraries(self) -> None:
        """Raises CannotBuildError if a module or library needs one that the image does not hold."""
        lacking = sorted({line for path in self._shared_objects() for line in self._lacking(path)})
        if lacking:
            raise CannotBuildError("libraries that are not in the image (debian.PACKAGES):\n" + "\n".join(lacking))

    def _shared_objects(self) -> list[Path]:
        found = [path for path in (self.root / "usr").rglob("*.so*") if path.is_file() and not path.is_symlink()]
        return sorted(path for path in found if path.read_bytes()[:4] == b"\x7fELF")

    def _lacking(self, path: Path) -> list[str]:
        told = subprocess.run([*self._loader, "--list", path], check=False, capture_output=True, text=True)
        name = path.relative_to(self.root)
        return [f"{name} needs {line}" for line in outside(told.stdout, self.root)]


def outside(listed: str, root: Path) -> list[str]:
    """The libraries, of those that the loader lists, that it did not find below `root`."""
    pairs = [line.split("=>", 1) for line in listed.splitlines() if "=>" in line]
    return [name.strip() for name, place in pairs if not place.strip().startswith(f"{root}/")]


def _without_python(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("PYTHON")}
