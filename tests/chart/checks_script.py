"""Runs a script of the ready-made checks as its pod does, with a test's tools instead of those that ask a cluster."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from .helm import CHART

FOLDER: Final = CHART / "files" / "checks"
SCRIPTS: Final = sorted(path.name for path in FOLDER.glob("*.sh") if path.name != "prelude.sh")
POD: Final = {
    "KUBERNETES_SERVICE_HOST": "10.43.0.1",
    "KUBERNETES_SERVICE_PORT": "443",
    "POD": "check-1",
    "WHERE": "node-1",
}
"""What every pod is told."""


TOOLS: Final = ["machine", *(["busybox"] if shutil.which("busybox") else [])]
"""Whose small tools the scripts find: in an image these are mostly busybox's. The shell is the machine's, since a
busybox's own may take its commands before those of the PATH."""


class Ended(NamedTuple):
    """How a script ended: its exit code, what it printed, and what becomes the check's errorMessage."""

    code: int
    printed: str
    said: str


def succeeded(printed: str = "") -> Ended:
    """What a script gives that found nothing wrong."""
    return Ended(0, printed, "")


class Bench:
    """A folder in which scripts run. Tools are shell scripts, by their name; each notes its arguments."""

    def __init__(self, folder: Path, tools: str = "machine") -> None:
        self.folder = folder
        self._bin = folder / "bin"
        self._bin.mkdir()
        self._calls = folder / "calls"
        self._path = f"{self._bin}:/usr/bin:/bin"
        if tools == "busybox":
            self._path = f"{self._bin}:{_busybox(folder / 'busybox')}"

    def tool(self, name: str, text: str) -> None:
        """Puts it before the machine's own of that name."""
        file = self._bin / name
        file.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self._calls}"\n{text}\n', encoding="utf-8")
        file.chmod(0o755)

    def file(self, name: str, text: str) -> str:
        """Writes it, and gives its place."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def calls(self) -> list[str]:
        """The tools that were called, with their arguments."""
        return self._calls.read_text(encoding="utf-8").splitlines() if self._calls.exists() else []

    def run(self, script: str, environment: Mapping[str, str] | None = None) -> Ended:
        text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("prelude.sh", script))
        said = self.folder / "said"
        said.unlink(missing_ok=True)
        variables = {**POD, "PATH": self._path, "SAID": str(said), **(environment or {})}
        done = subprocess.run(
            ["/bin/sh", "-c", text], env=variables, capture_output=True, text=True, check=False, timeout=20
        )
        words = said.read_text(encoding="utf-8").strip() if said.exists() else ""
        return Ended(done.returncode, (done.stdout + done.stderr).strip(), words)


def _busybox(folder: Path) -> Path:
    """Its commands but the shell, and nothing else."""
    folder.mkdir()
    busybox = shutil.which("busybox")
    assert busybox
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    for command in listed.stdout.split():
        (folder / command).symlink_to(busybox)
    return folder
