"""The two layers, each made once for what decides its bytes and kept in the cache."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from . import debian, filesystem, inventory, sbom, wheels
from .debian import PYTHON
from .errors import CannotBuildError
from .interpreter import Interpreter
from .layer import write_layer

APPLICATION: Final = "kubevigil"
_RECIPE: Final = Path(__file__).parent
_SCRATCH: Final = "unfinished-"
_KEPT: Final = 4
"""How many of each kind stay in the cache: a few branches, at 260 MB for the dependencies of each."""
_OWNERS: Final = {filesystem.DATA: filesystem.USER}


class Build:
    """Builds from the checkout `project`, keeping what it made below `cache`. Two at once build once."""

    def __init__(self, project: Path, cache: Path) -> None:
        self._project = project
        self._cache = cache

    def layers(self) -> list[Path]:
        """The tars, the lowest first. Raises CannotBuildError."""
        debian.require_release(debian.OS_RELEASE.read_text(encoding="utf-8"))
        self._cache.mkdir(parents=True, exist_ok=True)
        with _alone(self._cache):
            self._forget()
            base_key, base = self._base()
            requirements = self._project / "requirements/runtime.txt"
            below_key = _key([base_key, requirements.read_text(encoding="utf-8")])
            below = self._kept(f"dependencies-{below_key}.tar", lambda at: _make_dependencies(at, base, requirements))
            key = _key([below_key, version("setuptools"), *self._source()])
            above = self._kept(f"application-{key}.tar", lambda at: _make_application(at, base, below, self._project))
        return [below, above]

    def _base(self) -> tuple[str, Path]:
        try:
            return self._base_of_these_lists()
        except CannotBuildError:
            if os.geteuid() != 0:
                raise
            debian.update()
            return self._base_of_these_lists()

    def _base_of_these_lists(self) -> tuple[str, Path]:
        key = _key([debian.resolve(), *_texts(_RECIPE)])
        return key, self._kept(f"debian-{key}", _make_base)

    def _source(self) -> Iterator[str]:
        for name in wheels.SOURCES:
            yield from _texts(self._project / name)

    def _kept(self, name: str, make: Callable[[Path], None]) -> Path:
        """What `make` made in a scratch folder as `made`, under this name; made if it is not there."""
        kept = self._cache / name
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=self._cache, prefix=_SCRATCH) as scratch:
                make(Path(scratch) / "made")
                (Path(scratch) / "made").rename(kept)
        os.utime(kept)
        return kept

    def _forget(self) -> None:
        """Removes what a killed build left, and of each kind all but those used last."""
        gone = list(self._cache.glob(f"{_SCRATCH}*"))
        for kind in ("debian", "dependencies", "application"):
            used = sorted(self._cache.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime, reverse=True)
            gone += used[_KEPT:]
        for path in gone:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _make_base(made: Path) -> None:
    """Debian's packages as `root`, and pip, which the image does not hold, as `tools`."""
    root, tools, downloads = made / "root", made / "tools", made / "downloads"
    for folder in (root, tools, downloads):
        folder.mkdir(parents=True)
    filesystem.prepare(root)
    controls = []
    for deb in debian.download(downloads):
        is_tool = deb.name.split("_")[0] in debian.TOOLS
        debian.unpack(deb, tools if is_tool else root)
        controls += [] if is_tool else [debian.control(deb)]
    filesystem.finish(root, controls)
    shutil.rmtree(downloads)


def _make_dependencies(made: Path, base: Path, requirements: Path) -> None:
    root = made.with_name("root")
    shutil.copytree(base / "root", root, symlinks=True)
    python = Interpreter(root)
    scratch = made.with_name("requirements")
    scratch.mkdir()
    wheels.install_requirements(python, _pip(base), requirements, scratch)
    shutil.rmtree(root / "usr/local/bin", ignore_errors=True)  # commands that nobody asked for
    python.require_libraries()
    wheels.compile_modules(python, root, f"usr/lib/{PYTHON}", f"usr/local/lib/{PYTHON}/dist-packages")
    write_layer(root, made, _OWNERS)


def _make_application(made: Path, base: Path, below: Path, project: Path) -> None:
    scratch = made.parent
    python = Interpreter(base / "root")
    wheel = wheels.build_wheel(project, scratch)
    root = wheels.install_application(python, _pip(base), wheel, scratch / "stage")
    wheels.compile_modules(python, root, f"usr/local/lib/{PYTHON}/dist-packages")
    declared = inventory.declared_in_layer(below) | inventory.declared_in_tree(root)
    packages = inventory.packages(declared)
    inventory.require_needs(APPLICATION, packages)
    text = sbom.document(APPLICATION, packages)
    inventory.require_all(sbom.listed(text), declared)
    (root / sbom.PATH).parent.mkdir(parents=True)
    (root / sbom.PATH).write_text(text, encoding="utf-8")
    write_layer(root, made, _OWNERS)


def _pip(base: Path) -> Path:
    return next((base / "tools/usr/share/python-wheels").glob("pip-*.whl"))


def _texts(path: Path) -> Iterator[str]:
    """Name and content of each file at or below `path`, through links too: the package has some to the mixin."""
    below = os.walk(path, followlinks=True)
    files = [path] if path.is_file() else [Path(folder) / name for folder, _, names in below for name in names]
    for file in sorted(file for file in files if "__pycache__" not in file.parts):
        yield f"{file.relative_to(path.parent)}\n{file.read_text(encoding='utf-8')}"


def _key(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
