"""Turns an error of jsonnet's, a message with many lines of trace, into the place and the words. Pure.

jsonnet writes `STATIC ERROR: FILE:LINE:COLUMN: MESSAGE`, or `RUNTIME ERROR: MESSAGE` and below it a line for each place
that led there, the innermost first. A message may have several lines: the mixin tells all mistakes of a list at once.
"""

import re
from typing import Final

_STATIC: Final = re.compile(r"STATIC ERROR: (?P<file>[^:\n]+):\(?(?P<line>[0-9]+)[^ \n]*: (?P<message>.*)", re.DOTALL)
_PLACE: Final = re.compile(r"^\t(?P<file>[^\t\n:]+):\(?(?P<line>[0-9]+):", re.MULTILINE)
_TRACE: Final = re.compile(r"\n\t.*", re.DOTALL)
_RUNTIME: Final = "RUNTIME ERROR: "


def explained(text: str, snippet: str) -> str:
    """The place and the message; `snippet` is the name of the code that imports the mixin, where nobody can look."""
    static = _STATIC.match(text)
    if static:
        return f"{static['file']}:{static['line']}: {static['message'].strip()}"
    place = next((found for found in _PLACE.finditer(text) if found["file"] != snippet), None)
    at = f"{place['file']}:{place['line']}: " if place else ""
    return at + _TRACE.sub("", text.removeprefix(_RUNTIME)).strip()
