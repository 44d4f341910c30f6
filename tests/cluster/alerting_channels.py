"""Slack's stand-in as the tests of alerts use it: channels, and a bad moment of the service."""

import time
from typing import Final

from tests.alerting.slack_rules import Payload
from tests.alerting.slack_stand_in import Answer, Message, Workspace

EVERYBODY: Final = "#crashes"
SHOP: Final = "#shop"
TEAM: Final = "#team"
OWNER: Final = "#owner"
_IDS: Final = {EVERYBODY: "C0CRASHES", SHOP: "C0SHOP", TEAM: "C0TEAM", OWNER: "C0OWNER"}


class Stumbling(Workspace):
    """A workspace that also fails: the next `fail_next` calls get a 500."""

    def __init__(self) -> None:
        super().__init__(channels=dict(_IDS), clock=time.monotonic)
        self.fail_next = 0
        self.failed = 0

    def by_bot(self, method: str, token: str, payload: Payload) -> Answer:
        if self.fail_next:
            self.fail_next -= 1
            self.failed += 1
            return Answer(500, "internal_error")
        return super().by_bot(method, token, payload)


def name_of(message: Message) -> str:
    """Of its channel."""
    return {place: name for name, place in _IDS.items()}[message.channel]


def in_channel(channel: str, messages: list[Message]) -> list[Message]:
    """Those of them that came there."""
    return [message for message in messages if name_of(message) == channel]


def over(message: Message) -> bool:
    """Whether it says that all is over."""
    return bool(message.attachment["color"] == "good")
