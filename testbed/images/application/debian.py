"""Debian's part of the image: which packages, where apt has them, and their files.

`apt-get download` takes the versions that this machine's lists name and checks their hashes against the archive's
signature. Nothing is installed here and no script of a package runs.
"""

import os
import subprocess
from pathlib import Path
from typing import Final

from .errors import CannotBuildError

RELEASE: Final = "12"
PYTHON: Final = "python3.11"
"""What release 12 has."""

PACKAGES: Final = (
    "base-files",
    "ca-certificates",
    "gcc-12-base",
    "libbz2-1.0",
    "libc6",
    "libcrypt1",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "liblzma5",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libsqlite3-0",
    "libssl3",
    "libstdc++6",
    "libuuid1",
    "media-types",
    "netbase",
    "python3.11-minimal",
    "tzdata",
    "zlib1g",
)
"""Python, the libraries that its modules load, certificates and time zones. No shell, no package manager."""

TOOLS: Final = ("python3-pip-whl",)
"""What the build needs of the same release, and the image does not hold."""

OS_RELEASE: Final = Path("/etc/os-release")


def require_release(os_release: str) -> None:
    """Raises CannotBuildError unless the text of /etc/os-release is the Debian whose packages are listed here."""
    facts = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    found = tuple(facts.get(key, "?").strip('"') for key in ("ID", "VERSION_ID"))
    if found != ("debian", RELEASE):
        raise CannotBuildError(
            f"the image is made of the packages of Debian {RELEASE}, and this machine's apt has those of "
            f"{' '.join(found)}: build it with the Containerfile, whose first stage is a Debian {RELEASE}"
        )


def resolve() -> str:
    """A line for each package: where it is, its file name with the version, its size, its hash. Asks apt, not the net.

    Raises CannotBuildError where apt does not know a package.
    """
    return _apt(["download", "--print-uris", *PACKAGES, *TOOLS])


def update() -> None:
    """Has apt fetch its lists: there are none on a fresh machine, and old ones name files that are gone. Needs root."""
    _apt(["update", "-qq"])


def download(into: Path) -> list[Path]:
    """Fetches what `resolve` named; the .deb files, sorted. Raises CannotBuildError."""
    _apt(["download", "-qq", *PACKAGES, *TOOLS], cwd=into)
    return sorted(into.glob("*.deb"))


def unpack(deb: Path, root: Path) -> None:
    """Puts a package's files below `root`. A link to a folder stays one where the package has the folder."""
    files = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, capture_output=True).stdout
    command: list[str | Path] = ["tar", "--extract", "--keep-directory-symlink", "--no-same-owner", "--directory", root]
    subprocess.run(command, check=True, input=files)


def control(deb: Path) -> str:
    """What the package says of itself: a paragraph of `Field: value` lines."""
    return subprocess.run(["dpkg-deb", "--field", deb], check=True, capture_output=True, text=True).stdout


def _apt(arguments: list[str], cwd: Path | None = None) -> str:
    # Without the sandbox user: it could not write into a folder of ours, and apt would warn of it.
    command = ["apt-get", "-o", "APT::Sandbox::User=root", *arguments]
    told = subprocess.run(
        command, cwd=cwd, check=False, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"}
    )
    if told.returncode:
        raise CannotBuildError(
            f"{' '.join(command[:4])} failed; as root, apt-get update, then again:\n{told.stderr.strip()}"
        )
    return told.stdout
