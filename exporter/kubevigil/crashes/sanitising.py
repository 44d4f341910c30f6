r"""Makes foreign text harmless to show and to store, whatever a container printed. Pure, in linear time.

Terminal sequences go as a whole (colours, cursor, titles, character sets), a carriage return becomes a line's end,
every other control character but `\n` and `\t` is left out, and so is what turns the direction of writing around,
with which a text can pretend to be another. What is no Unicode text becomes U+FFFD.
Source of the sequences: ECMA-48, 5.4 (CSI) and 8.3.89 (OSC).
"""

import re
from typing import Final

_SEQUENCES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*+(?:\x07|\x1b\\|\x9c)"  # OSC: titles, links; only if it ends within its line
    r"|\x1b[()*+][0-9A-Za-z]"  # character sets
)
_INTRODUCERS: Final = ("\x1b", "\x9b", "\x9d")
_RETURNS: Final = re.compile(r"\r+\n?")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def sanitise(text: str) -> str:
    """The text without what steers a terminal; it can be encoded as UTF-8. Sanitising twice changes nothing more."""
    # Most logs are plain, and a search for one character is some hundred times as fast as a pattern.
    if any(introducer in text for introducer in _INTRODUCERS):
        text = _SEQUENCES.sub("", text)
    if "\r" in text:
        text = _RETURNS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def sanitised(data: bytes) -> str:
    """Sanitised text of what should be UTF-8."""
    return sanitise(data.decode("utf-8", "replace"))
