"""The tables of the chart's README, between their markers; the text around them is written by hand."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from charts.generate import settings
from charts.generate.values import Value

from kubevigil.app.settings_page import default_of


def page(text: str, values: Mapping[str, Value]) -> str:
    """`text` with its tables written again. Raises ValueError where a marker is missing."""
    rows = (_row(f"`{path}`", _shown(value.default), value.comment) for path, value in values.items())
    text = _between("values", _table(("value", "default", "meaning"), rows), text)
    rows = (
        _row(f"`config.{name}`", default_of(key), settings.allowed(key)) for name, key in settings.CONFIGURABLE.items()
    )
    text = _between("settings", _table(("value", "default", "allowed"), rows), text)
    rows = (_row(f"`{name}`", instead) for name, instead in settings.DECIDED.items())
    return _between("decided", _table(("setting", "instead"), rows), text)


def _shown(default: Any) -> str:
    return "" if default in ("", [], {}) else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([_row(*head), _row(*("---" for _ in head)), *rows])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _between(name: str, table: str, text: str) -> str:
    markers = re.compile(rf"(<!-- {name}: written by .* -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    if not markers.search(text):
        raise ValueError(f"the README has no markers for {name!r}")
    return markers.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)
