"""The command line: `OUT.tar` writes the image as an OCI archive, `--layers DIR` the two layers as they are."""

import argparse
import os
import shutil
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from testbed.images.archive import LAYER, Image, blob, described, write

from .build import APPLICATION, Build
from .containerfile import run_config
from .errors import CannotBuildError

PROJECT: Final = Path(__file__).parents[3]
REPOSITORY: Final = f"kubevigil.test/{APPLICATION}"
"""`.test` is a name that nobody can own (RFC 6761): a kubelet that lacks the image cannot fetch another one."""


def image_name() -> str:
    """The testbed's name for the image, with our version as the tag."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{REPOSITORY}:{project['version']}"


def image_of(layers: Iterable[Path]) -> Image:
    """The layers, run as the Containerfile says. Raises CannotBuildError."""
    run = run_config((PROJECT / "Containerfile").read_text(encoding="utf-8"))
    return Image(image_name(), tuple(blob(LAYER, layer.read_bytes()) for layer in layers), run)


def main() -> int:
    """Writes what was asked for; the exit code: 2 with a message where that cannot be."""
    asked = _arguments()
    try:
        layers = Build(PROJECT, _cache()).layers()
        if asked.layers:
            asked.layers.mkdir(parents=True, exist_ok=True)
            for layer, name in zip(layers, ("dependencies.tar", "application.tar"), strict=True):
                shutil.copyfile(layer, asked.layers / name)
            return 0
        image = image_of(layers)
    except CannotBuildError as problem:
        print(f"testbed: {problem}", file=sys.stderr)
        return 2
    write(asked.archive, [image])
    print(image.name, described(image)[0].descriptor["digest"])
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="testbed/images/application-image", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("archive", nargs="?", type=Path, metavar="OUT.tar")
    what.add_argument("--layers", type=Path, metavar="DIR")
    return parser.parse_args()


def _cache() -> Path:
    """The testbed's cache folder (as in testbed/paths.sh), the part of images."""
    given = os.environ.get("KUBEVIGIL_TESTBED_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (Path(given) if given else home / "kubevigil/testbed") / "application"


if __name__ == "__main__":
    sys.exit(main())
