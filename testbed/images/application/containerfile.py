"""Reads from the Containerfile how its last stage is run, so that the testbed's image is run in the same way.

Reads what that stage needs and no more: an instruction, a form or a variable that is not known here is an error, since
leaving it out would make two images that differ.
"""

import json
import re
import shlex
from typing import Any, Final

from .errors import CannotBuildError

_LISTS: Final = {"ENTRYPOINT": "Entrypoint", "CMD": "Cmd"}
_PAIRS: Final = ("ENV", "LABEL")
_TEXTS: Final = {"USER": "User", "WORKDIR": "WorkingDir"}


def instructions(text: str) -> list[tuple[str, str]]:
    """Every instruction with its arguments; comments are gone and continued lines are one."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    parts = [line.split(maxsplit=1) for line in joined.splitlines()]
    return [(name.upper(), rest[0] if rest else "") for name, *rest in parts]


def last_stage(text: str) -> list[tuple[str, str]]:
    """The instructions after the last FROM."""
    every = instructions(text)
    start = max(index for index, (name, _) in enumerate(every) if name == "FROM")
    return every[start + 1 :]


def run_config(text: str) -> dict[str, Any]:
    """How an image of it is run: OCI image-spec, config, the member `config`. Raises CannotBuildError."""
    config: dict[str, Any] = {}
    for name, value in last_stage(text):
        if name != "COPY":  # the files are the layers
            _merge(config, name, value)
    return config


def _merge(config: dict[str, Any], name: str, value: str) -> None:
    if "$" in value:
        raise CannotBuildError(f"Containerfile: {name} {value}: a variable in the last stage; write the value")
    if name in _LISTS:
        config[_LISTS[name]] = _exec_form(name, value)
    elif name in _TEXTS:
        config[_TEXTS[name]] = value
    elif name == "ENV":
        config.setdefault("Env", []).extend(f"{key}={text}" for key, text in _pairs(name, value))
    elif name == "LABEL":
        config.setdefault("Labels", {}).update(_pairs(name, value))
    elif name == "EXPOSE":
        ports = [port if "/" in port else f"{port}/tcp" for port in value.split()]
        config.setdefault("ExposedPorts", {}).update({port: {} for port in ports})
    else:
        raise CannotBuildError(f"Containerfile: {name} in the last stage is not known here: teach containerfile.py")


def _exec_form(name: str, value: str) -> list[str]:
    try:
        words = json.loads(value)
    except ValueError:
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise CannotBuildError(f'Containerfile: {name} {value}: must be ["a", "list"]; there is no shell in the image')
    return words


def _pairs(name: str, value: str) -> list[tuple[str, str]]:
    words = shlex.split(value)
    if not words or not all("=" in word for word in words):
        raise CannotBuildError(f"Containerfile: {name} {value}: must be KEY=VALUE ...")
    return [(word.split("=", 1)[0], word.split("=", 1)[1]) for word in words]
