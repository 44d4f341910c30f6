"""Alertmanager's configuration as the mixin renders it from a list of Slack routes."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import _jsonnet

ROOT = Path(__file__).parents[2]
_MIXIN = "(import 'rules/config.libsonnet') + (import 'rules/alertmanager/routes.libsonnet')"

Config = Mapping[str, Any]


class Refused(Exception):
    """The list has mistakes; the text has a line each."""


def rendered(field: str, config: Config) -> Any:
    """`alertmanager.<field>` of the mixin with that `_config` laid over its own. Raises Refused."""
    return json.loads(_text(field, json.dumps(config)))


@cache
def _text(field: str, config: str) -> str:
    code = f"({_MIXIN} + {{ _config+:: std.extVar('config') }}).alertmanager.{field}"
    try:
        return str(_jsonnet.evaluate_snippet("test", code, ext_codes={"config": config}, jpathdir=[str(ROOT)]))
    except RuntimeError as error:
        said = str(error).removeprefix("RUNTIME ERROR: ")
        raise Refused("\n".join(line for line in said.splitlines() if line and not line.startswith("\t"))) from None
