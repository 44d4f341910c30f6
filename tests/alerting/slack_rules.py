"""What Slack takes, and what a message of ours may hold: pure.

The limits are Slack's for a text (3,000 characters in a section, 40,000 in a message), for a title (150) and for a
button's address (3,000). An attachment's text may be longer; ours keeps to a section's.
"""

import re
from typing import Any

TEXT = 3_000
TITLE = 150
ADDRESS = 3_000
MESSAGE = 40_000
ATTACHMENTS = 100

Payload = dict[str, Any]

_OURS = re.compile(r"<(?:!date\^\d+\^[^|<>^]+\|[^<>|]+|!here|!channel|!everyone|!subteam\^S[A-Z0-9]+|@[UW][A-Z0-9]+)>")
_CALL = re.compile(r"<(?:!here|!channel|!everyone|!subteam|@)")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")


def answer_to(payload: Payload) -> str:
    """Slack's word for what is wrong with a message's shape; '' for one that it takes."""
    attachments = payload.get("attachments", [])
    if len(attachments) > ATTACHMENTS:
        return "too_many_attachments"
    if not payload.get("text") and not any(_says_something(attachment) for attachment in attachments):
        return "no_text"
    if len(payload.get("text", "")) > MESSAGE or any(len(a.get("text", "")) > MESSAGE for a in attachments):
        return "msg_too_long"
    return ""


def _says_something(attachment: Payload) -> bool:
    return any(attachment.get(key) for key in ("text", "title", "pretext", "fallback"))


def faults(payload: Payload) -> list[str]:
    """What a message of ours must not have, a sentence each."""
    return [fault for attachment in payload.get("attachments", []) for fault in _faults(attachment)]


def _faults(attachment: Payload) -> list[str]:
    found = []
    for key in ("title", "text", "pretext", "footer", "fallback"):
        text = attachment.get(key, "")
        left = _OURS.sub("", text)
        if "<" in left or ">" in left:
            found.append(f"{key}: an angle bracket that is not ours: {text!r}")
        if _ENTITY.search(text):
            found.append(f"{key}: an ampersand that is not escaped: {text!r}")
        if key != "pretext" and _CALL.search(text):
            found.append(f"{key}: it calls people: {text!r}")
    if len(attachment.get("text", "")) > TEXT:
        found.append(f"text: {len(attachment['text'])} characters")
    found += [
        f"{key}: {len(attachment[key])} characters" for key in ("title", "fallback") if len(attachment[key]) > TITLE
    ]
    return found + [fault for action in attachment.get("actions", []) for fault in _button(action)]


def _button(action: Payload) -> list[str]:
    address = action.get("url", "")
    sound = re.fullmatch(r"https?://[!-~]+", address) and len(address) <= ADDRESS and action.get("text")
    return [] if sound else [f"button {action.get('text')!r}: leads to {address!r}"]
