"""What the measurements need of the testbed's binaries."""

import subprocess
import sys
from pathlib import Path

from tests.perf.replay import ROOT


def built(*names: str) -> Path:
    """The folder in which testbed/build put them. Exits with advice where it was not run."""
    command = [str(ROOT / "testbed/build"), "--path"]
    path = Path(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.strip())
    missing = [name for name in names if not (path / name).exists()]
    if missing:
        sys.exit(f"there is no {', '.join(missing)}: run testbed/build {' '.join(names)} first (needs Go)")
    return path
