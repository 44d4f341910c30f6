"""Writes YAML for people and for programs in other languages: sorted keys, texts of several lines as such. Pure.

A text that YAML 1.1 or 1.2, as Go programs read it, could take for something else is quoted: `y`, `1e3`, `0o7`.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import yaml

_AMBIGUOUS: Final = re.compile(
    r"[yYnN~]|[-+]?[0-9_.]+([eE][-+]?[0-9]+)?|0[xXoObB][0-9a-fA-F_]+|[-+]?\.?(inf|nan)", re.IGNORECASE
)
_BREAKS: Final = re.compile("[\r\x85\u2028\u2029]")
"""Other ends of lines than ours, which a reader may turn into ours unless they are escaped."""

_WIDTH: Final = 1 << 20
"""No folding: an expression on one line can be searched for, and pasted."""


def stream(objects: Sequence[Any]) -> str:
    """The objects, JSON's types only, as a stream of documents."""
    return yaml.dump_all(
        objects, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )


class _Dumper(yaml.SafeDumper):
    """Without anchors: what is the same twice is written twice."""

    def ignore_aliases(self, _: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  passed by name
        """Indents lists below their key, as Kubernetes' own examples have them."""
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    if _BREAKS.search(text):
        return '"'
    if "\n" in text:
        return "|"
    return "'" if _AMBIGUOUS.fullmatch(text) else None


_Dumper.add_representer(str, _text)
