"""`values.schema.json`: what Helm checks the values against. A key that is not here is refused, by its name."""

import json
from collections.abc import Mapping
from typing import Any, Final

from charts.generate import settings
from charts.generate.shapes import SHAPES, Fragment
from charts.generate.values import Value

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_FOR_PARENTS: Final[Fragment] = {"type": "boolean", "description": "For a parent chart's `condition`; unused here."}


def page(values: Mapping[str, Value]) -> str:
    """The schema as JSON. Raises ValueError where values.yaml and the shapes differ."""
    unlike = sorted(set(values) ^ {*SHAPES, "config"})
    if unlike:
        raise ValueError(f"in values.yaml or in shapes.py, not in both: {', '.join(unlike)}")
    root = _map()
    for path, value in values.items():
        if path == "config":
            _put(root, path, _config(value.comment))
        else:
            _put(root, path, {"description": value.comment, "default": value.default, **SHAPES[path]})
    root["properties"]["enabled"] = _FOR_PARENTS
    root["properties"]["global"]["additionalProperties"] = True  # other charts' keys come along
    return json.dumps({"$schema": _DRAFT, **root}, indent=2, ensure_ascii=False) + "\n"


def _config(comment: str) -> dict[str, Any]:
    config = _map()
    for path, key in settings.CONFIGURABLE.items():
        _put(config, path, {"description": settings.description(key), **settings.fragment(key)})
    return {"description": comment, **config}


def _map() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _put(root: dict[str, Any], path: str, fragment: Mapping[str, Any]) -> None:
    *groups, last = path.split(".")
    for group in groups:
        root = root["properties"].setdefault(group, _map())
    root["properties"][last] = fragment
