"""The stand-in for Slack refuses what Slack refuses, and sees what a message of ours must not have."""

from typing import Any

import pytest

from .slack_rules import answer_to, faults
from .slack_stand_in import TOKEN, Workspace

SAID: dict[str, Any] = {"channel": "#a", "attachments": [{"title": "t", "text": "x", "fallback": "t"}]}
BEARER = f"Bearer {TOKEN}"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return Workspace(channels={"#a": "C1", "#b": "C2", "hook": "/services/x"}, clock=clock)


def test_a_second_message_within_a_second_is_put_off_in_that_channel_only(workspace: Workspace, clock: Clock) -> None:
    post = "chat.postMessage"
    assert workspace.by_bot(post, BEARER, SAID).status == 200
    late = workspace.by_bot(post, BEARER, SAID)
    assert (late.status, late.retry_after) == (429, 1)
    assert workspace.by_bot(post, BEARER, SAID | {"channel": "b"}).status == 200
    clock.now = 1.0
    assert workspace.by_bot(post, BEARER, SAID).status == 200
    assert [message.channel for message in workspace.messages()] == ["C1", "C2", "C1"]


@pytest.mark.parametrize(
    ("method", "token", "payload", "error"),
    [
        ("chat.postMessage", "", SAID, "not_authed"),
        ("chat.postMessage", "Bearer other", SAID, "invalid_auth"),
        ("chat.postMessage", BEARER, SAID | {"channel": "#c"}, "channel_not_found"),
        ("chat.postMessage", BEARER, {"channel": "#a"}, "no_text"),
        ("chat.postMessage", BEARER, {"channel": "#a", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", BEARER, SAID | {"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ("chat.update", BEARER, SAID | {"channel": "C1", "ts": "1"}, "message_not_found"),
        ("chat.delete", BEARER, SAID, "unknown_method"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)
def test_the_api_s_errors_come_with_status_200(
    workspace: Workspace, method: str, token: str, payload: dict[str, Any], error: str
) -> None:
    answer = workspace.by_bot(method, token, payload)
    assert (answer.status, error in answer.body, workspace.messages()) == (200, True, [])


def test_a_webhook_posts_to_its_own_channel_and_answers_in_words(workspace: Workspace) -> None:
    assert workspace.by_webhook("/services/y", SAID).body == "no_service"
    assert workspace.by_webhook("/services/x", SAID | {"channel": "#b"}).body == "ok"
    assert [message.channel for message in workspace.messages()] == ["/services/x"]


@pytest.mark.parametrize(
    "attachment",
    [
        {"text": "<!channel>"},
        {"text": "a <b> c"},
        {"text": "R&D"},
        {"text": "half &am"},
        {"text": "x" * 3_001},
        {"title": "t" * 151},
        {"footer": "<@U1>"},
        {"actions": [{"text": "Logs", "url": ""}]},
        {"actions": [{"text": "", "url": "https://a.example"}]},
        {"actions": [{"text": "Logs", "url": "https://a.example/" + "x" * 3_000}]},
        {"actions": [{"text": "Logs", "url": "javascript:alert(1)"}]},
    ],
    ids="-".join,
)
def test_what_a_message_must_not_have_is_seen(attachment: dict[str, Any]) -> None:
    payload = {"attachments": [{"title": "t", "fallback": "t", **attachment}]}
    assert len(faults(payload)) == 1
    assert answer_to(payload) == ""


def test_what_a_message_may_have_is_not() -> None:
    said = {
        "title": "R&amp;D",
        "fallback": "R&amp;D",
        "pretext": "<!here> <!subteam^S1> <@U1>",
        "text": "since <!date^1^{date} {time}|long ago> &lt;!channel&gt;",
        "actions": [{"text": "Logs", "url": "https://a.example/?q='x'"}],
    }
    assert faults({"attachments": [said]}) == []
