"""The predecessor's Slack in our chart's values. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubevigil.moving.predecessor import Predecessor
from kubevigil.moving.remarks import Step, changed, left, taken

SECRET: Final = "kubevigil-slack"  # noqa: S105  the name of a Secret
"""Of the object that is to hold the token."""

_CHANNEL: Final = re.compile(r"[^\s{}<>\"]{1,81}")
"""As our chart's schema has it."""

_ID: Final = re.compile(r"[CDGU][A-Z0-9]{7,}")
"""A channel's or a person's id, as Slack writes it."""


def slack(given: Predecessor) -> Iterator[Step]:
    """Who is told, and how. Without a token and without a wish to notify there is nothing to say."""
    wanted = given.values["slack.notify"] == "true"
    if not (wanted or given.gave("slack.token", "slack.channel", "slack.notify")):
        return
    yield _switch(given, wanted=wanted)
    if "slack.token" in given.names:
        yield left(given.names["slack.token"], f"a secret, not written anywhere; it belongs into the Secret {SECRET}")
    yield _channel(given.names.get("slack.channel", "SLACK_CHANNEL"), given.values["slack.channel"])


def _switch(given: Predecessor, *, wanted: bool) -> Step:
    name = given.names.get("slack.notify", "SLACK_NOTIFY")
    values: Mapping[str, Any] = {
        "slack.mode": "cluster",
        "slack.tokenType": "bot",
        "slack.secret.name": SECRET if wanted else "",
        "slack.secret.key": "token",
    }
    if not wanted:
        return taken(name, "slack.secret.name", f"off while this is empty; {SECRET} turns it on", values=values)
    why = "Alertmanager tells Slack, a message an incident instead of one a crash; needs the Prometheus operator"
    return changed(name, "slack.mode, slack.tokenType, slack.secret", f"{why} (docs/slack.md)", values=values)


def _channel(name: str, text: str) -> Step:
    channel = channel_of(text)
    if channel is None:
        return left(name, "no channel's name; give slack.channel, which a bot must be told")
    values = {"slack.channel": channel}
    if channel == text:
        return taken(name, "slack.channel", values=values)
    return changed(name, "slack.channel", f"with a #: {channel}", values=values)


def channel_of(text: str) -> str | None:
    """A channel as Alertmanager takes it: ids as they are, names with their #; None for what is neither."""
    bare = text.strip()
    if not bare.strip("#@") or not _CHANNEL.fullmatch(bare):
        return None
    return bare if bare.startswith(("#", "@")) or _ID.fullmatch(bare) else f"#{bare}"
