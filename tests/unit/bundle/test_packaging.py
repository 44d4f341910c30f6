"""A wheel carries the mixin, and what is rendered from it is what the checkout gives."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from testbed.images.application import build, wheels
from testbed.images.application.build import Build

from kubevigil.bundle.evaluation import FOLDER

ROOT = Path(__file__).parents[3]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "mixin.libsonnet", "rules", "dashboards", "exporter/kubevigil")


def copy_of_the_checkout(target: Path) -> Path:
    """What a wheel is built from, its links as links."""
    for name in SOURCES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of a wheel, and no checkout beside it."""
    scratch = tmp_path_factory.mktemp("wheel")
    source = copy_of_the_checkout(scratch / "source")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", scratch, source], check=True, capture_output=True, timeout=100)
    shutil.rmtree(source)
    zipfile.ZipFile(next(scratch.glob("*.whl"))).extractall(scratch / "installed")
    return scratch / "installed"


def told(package: Path, *arguments: str) -> tuple[int, str, str]:
    """What `kubevigil` of that folder prints: its code, stdout, stderr."""
    variables = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    run = "import sys, kubevigil.cli.main as m; assert m.__file__.startswith(sys.argv.pop(1)); sys.exit(m.main())"
    command = [sys.executable, "-c", run, str(package), *arguments]
    done = subprocess.run(command, env=variables, cwd=package, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("what", [("all",), ("alertmanager", "--format", "alertmanager"), ("kibana",)], ids=" ".join)
def test_an_installed_wheel_renders_what_the_checkout_does(installed: Path, what: tuple[str, ...]) -> None:
    given = told(installed, "render", *what)
    assert given == told(ROOT / "exporter", "render", *what)
    assert given[1]


def test_a_wheel_has_every_file_that_the_mixin_may_import_or_link_to(installed: Path) -> None:
    in_wheel = set(_below(installed / "kubevigil/bundle/mixin"))
    wanted = {name for name in _below(FOLDER) if not name.startswith("rules/tests/")}
    assert wanted - in_wheel == set()
    assert "mixin.libsonnet" in in_wheel


def test_the_images_wheel_has_the_same_files(installed: Path, tmp_path: Path) -> None:
    names = zipfile.ZipFile(wheels.build_wheel(ROOT, tmp_path)).namelist()
    assert {name for name in names if name.startswith("kubevigil/")} == {
        f"kubevigil/{name}" for name in _below(installed / "kubevigil") if "__pycache__" not in name
    }


def test_the_images_layer_is_made_again_when_the_mixin_changes(tmp_path: Path) -> None:
    project = copy_of_the_checkout(tmp_path)
    before = build._key([*Build(project, tmp_path)._source()])
    for name in ("mixin.libsonnet", "rules/config.libsonnet", "dashboards/kibana/ecs.libsonnet"):
        path = project / name
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        changed = build._key([*Build(project, tmp_path)._source()])
        assert changed != before
        before = changed


def _below(folder: Path) -> Iterator[str]:
    for here, _, names in os.walk(folder, followlinks=True):
        yield from ((Path(here) / name).relative_to(folder).as_posix() for name in names)
