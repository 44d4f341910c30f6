"""Turns unpacked packages into a root file system: what their scripts would have made, and without what none needs."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

USER: Final = 65532
"""Who owns the data folder; the Containerfile's USER (a test compares). By custom the `nonroot` of images."""

DATA: Final = "var/lib/kubevigil"

_MERGED: Final = ("bin", "sbin", "lib", "lib64")
"""Links into usr (Debian 12's own layout), so that packages of both layouts unpack to the same place."""

_LINKS: Final = {
    "usr/lib/ssl/certs": "/etc/ssl/certs",
    "usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt",
}
"""OpenSSL's places for certificates; the links are the package openssl's, which the image does without."""

_TEXTS: Final = {
    "etc/passwd": f"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/nonexistent:/sbin/nologin\n",
    "etc/group": f"root:x:0:\nnonroot:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
}

_NEEDLESS: Final = (
    "usr/lib/*/gconv",
    "usr/lib/*/perl*",
    "usr/share/bug",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/info",
    "usr/share/doc-base",
    "usr/share/pixmaps",
    "usr/share/applications",
    "usr/sbin/update-ca-certificates",
    "etc/ca-certificates/update.d",
    "etc/update-motd.d",
    "etc/profile.d",
)
_UNLOADABLE: Final = ("_curses", "_curses_panel", "_dbm", "nis", "readline")
"""Modules of the standard library whose libraries are for terminals and old databases, and not in the image."""


def prepare(root: Path) -> None:
    """Before anything is unpacked: the links of the merged layout."""
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")


def finish(root: Path, controls: Iterable[str]) -> None:
    """After all is unpacked: users, certificates, the list of packages, an empty data folder."""
    _drop(root)
    for path, text in _TEXTS.items():
        _write(root / path, text)
    for path, target in _LINKS.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)
    bundle = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    _write(root / "etc/ssl/certs/ca-certificates.crt", "".join(path.read_text(encoding="ascii") for path in bundle))
    _write(root / "var/lib/dpkg/status", "".join(sorted(installed(control) for control in controls)))
    (root / DATA).mkdir(parents=True, exist_ok=True)


def installed(control: str) -> str:
    """A package's paragraph in /var/lib/dpkg/status, where scanners look for what an image holds."""
    first, rest = control.split("\n", 1)
    return f"{first}\nStatus: install ok installed\n{rest.rstrip()}\n\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _drop(root: Path) -> None:
    unloadable = [f"usr/lib/python3.*/lib-dynload/{name}.cpython-*.so" for name in _UNLOADABLE]
    for pattern in [*_NEEDLESS, *unloadable]:
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in [path for path in (root / "usr/share/doc").rglob("*") if path.is_file() and not path.is_symlink()]:
        if not re.fullmatch(r"copyright", path.name):
            path.unlink()
