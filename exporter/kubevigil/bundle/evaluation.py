"""Evaluates the mixin, with values of the user's in place of its own. The only importer of jsonnet.

What the user gives is data and never becomes code: it is handed over as a JSON text and merged by the lines below. An
import resolves relative to the file that has it, as in every jsonnet, and only inside the mixin's folder.
"""

import json
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import _jsonnet

from kubevigil.bundle.errors import MixinError
from kubevigil.bundle.traces import explained

FOLDER: Final = Path(__file__).parent / "mixin"
"""The mixin's files: links to those of the checkout, which are copied when a wheel is built."""

_ENTRY: Final = "mixin.libsonnet"
_SNIPPET: Final = "render"

_WITH_CONFIG: Final = """\
local merged(given) = {
  [key]: if std.isObject(given[key]) && key in super && std.isObject(super[key])
         then super[key] + merged(given[key]) else given[key]
  for key in std.objectFields(given)
};
local mixin = (import '%s') + { _config+:: merged(std.parseJson(std.extVar('config'))) };
"""
"""A map is merged into the mixin's own, key by key; everything else takes the place of what was there."""


def evaluate(expression: str, config: Mapping[str, Any], folder: Path | None = None) -> Any:
    """The value of the jsonnet `expression`, in which `mixin` is the mixin in `folder` (ours) with `config`.

    Raises MixinError.
    """
    try:
        manifested = _jsonnet.evaluate_snippet(
            _SNIPPET,
            _WITH_CONFIG % _ENTRY + expression,
            ext_vars={"config": json.dumps(config)},
            import_callback=_Imports(folder or FOLDER),
        )
    except RuntimeError as error:
        raise MixinError(explained(str(error), _SNIPPET)) from error
    return json.loads(manifested)


class _Imports:
    """Finds imported files below `folder`; names them from there, so that messages do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, importer: str, name: str) -> tuple[str, bytes]:
        inside = posixpath.normpath(posixpath.join(importer, name))
        if inside.startswith(("/", "../")):
            raise OSError("not a file of the mixin")
        try:
            return inside, (self._folder / inside).read_bytes()
        except OSError as error:
            raise OSError(error.strerror) from error
