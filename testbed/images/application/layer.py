"""A folder as a layer: a tar in which only names, modes, links and contents count."""

import os
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_MODES: Final = {"root": 0o700, "tmp": 0o1777, "var/tmp": 0o1777}


def write_layer(tree: Path, target: Path, owners: Mapping[str, int]) -> None:
    """Writes all below `tree`, sorted, without times, owned by root, or as `owners` (path: user and group) says.

    A layer that is not complete never has the name. The same tree gives the same bytes, whoever unpacked it: modes are
    those that the image needs, not those of this machine's umask.
    """
    unfinished = target.with_suffix(".new")
    with tarfile.open(unfinished, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in _sorted(tree):
            _add(tar, path, str(path.relative_to(tree)), owners)
    unfinished.rename(target)


def _sorted(tree: Path) -> Iterator[Path]:
    """Each folder before what is in it."""
    for folder, folders, files in os.walk(tree):
        folders.sort()
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        if here != tree:
            yield here
        yield from (here / name for name in sorted([*files, *links]))


def _add(tar: tarfile.TarFile, path: Path, name: str, owners: Mapping[str, int]) -> None:
    header = tarfile.TarInfo(name)
    header.uid = header.gid = owners.get(name, 0)
    if path.is_symlink():
        header.type, header.linkname, header.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
        tar.addfile(header)
    elif path.is_dir():
        header.type, header.mode = tarfile.DIRTYPE, _MODES.get(name, 0o755)
        tar.addfile(header)
    else:
        header.size = path.stat().st_size
        header.mode = 0o755 if path.stat().st_mode & 0o111 else 0o644
        with path.open("rb") as content:
            tar.addfile(header, content)
