"""To whom a pod belongs, as its annotations say: texts of others, made fit to be label values. Pure.

Whoever may write a pod may write 256 KiB of anything into an annotation. What comes out of here is one short line
without control characters, or a Slack channel in its one spelling; escaping is still the duty of each sink.
"""

import re
from typing import Final

from kubevigil.model.pod import Annotations

OWNER_LENGTH: Final = 63
"""Characters. As long as Kubernetes lets the value of a label be."""

_LOOKED_AT: Final = 256
"""Characters of an owner that are read at all: enough for one that is indented, and never 256 KiB."""

CHANNEL_LENGTH: Final = 80
"""Characters of a channel's name without its `#`. Source: Slack's API, conversations.create."""

_CHANNEL_NAME: Final = re.compile(rf"#?([\w-]{{1,{CHANNEL_LENGTH}}})")
_CHANNEL_ID: Final = re.compile(r"[CGD][A-Z0-9]{8,31}")


def ownership_of(annotations: Annotations | None) -> tuple[str, str] | None:
    """The pod's owner and Slack channel, '' for one that is not given or not usable; None where neither is."""
    if annotations is None:
        return None
    found = owner_of(annotations.owner or ""), slack_channel_of(annotations.slack_channel or "")
    return found if any(found) else None


def owner_of(text: str) -> str:
    """The text as one line of at most OWNER_LENGTH printable characters; '' if none is left."""
    seen = (c if c.isprintable() else " " if c.isspace() else "" for c in text[:_LOOKED_AT])
    return " ".join("".join(seen).split())[:OWNER_LENGTH].rstrip()


def slack_channel_of(text: str) -> str:
    """`#name`, with or without its `#` in the text, or a channel's id as it is; '' for what is neither.

    Slack documents small letters, digits, `-` and `_`; there are channels with letters of all scripts, so these count.
    """
    text = text.strip()
    if _CHANNEL_ID.fullmatch(text):
        return text
    match = _CHANNEL_NAME.fullmatch(text)
    return f"#{match[1]}" if match and match[1] == match[1].lower() else ""
