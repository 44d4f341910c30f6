"""The loop, with an API that plays a script."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.kube.answers import Skipped, SkipReason
from kubevigil.kube.backoff import Backoff
from kubevigil.kube.driver import READ_TIMEOUT
from kubevigil.kube.errors import (
    Forbidden,
    Gone,
    KubeError,
    ServerError,
    Stalled,
    TooManyRequests,
    Unreachable,
)
from kubevigil.kube.roles import Cause

from .followers import Answer, Follow, Keeper
from .objects import Thing, bookmark, error_event, event, listing, thing


def test_a_list_is_handed_over_page_by_page_and_then_the_watch_is_followed() -> None:
    follow = Follow(
        listing(thing("a", 1), version=5, token="t"),
        listing(thing("b", 2), version=5),
        [event("ADDED", thing("c", 6)) + event("MODIFIED", thing("a", 7, 1)), event("DELETED", thing("b", 8))],
    ).run()
    assert follow.keeper.calls == [
        *("sync_started", "page 1", "page 1", "sync_finished 5"),
        *("changed c", "changed a", "batch_done", "deleted b", "batch_done"),
    ]
    assert follow.keeper.state == {"c": 0, "a": 1}
    assert [q["resourceVersion"] for q in follow.api.watches] == ["5", "8"]


def test_selectors_go_with_every_request() -> None:
    follow = Follow(listing(version=5), [], query={"fieldSelector": "spec.nodeName=n"}).run()
    assert {q.get("fieldSelector") for q in follow.api.queries} == {"spec.nodeName=n"}


def test_w1_a_silent_stream_is_counted_as_stalled_and_opened_again_from_the_last_version() -> None:
    follow = Follow(listing(version=5), [event("ADDED", thing("a", 6)), Stalled("75 s")]).run()
    assert follow.notes.causes[0] is Cause.STALLED
    assert [q["resourceVersion"] for q in follow.api.watches] == ["5", "6"]
    assert len(follow.api.lists) == 1


def test_w1_a_watch_that_falls_silent_is_open_again_within_75_seconds() -> None:
    assert READ_TIMEOUT > 60.0  # a bookmark comes every minute
    assert READ_TIMEOUT + max(Backoff(Random(seed)).next() for seed in range(200)) < 75.0


def test_w1_100_black_holes_lose_no_event() -> None:
    streams: list[Answer] = [[event("ADDED", thing(str(n), 10 + n)), Stalled("75 s")] for n in range(100)]
    follow = Follow(listing(version=5), *streams).run()
    assert follow.keeper.state == {str(n): 0 for n in range(100)}


@pytest.mark.parametrize(
    "gone",
    [Gone("too old"), [error_event(410)], [Gone("too old")]],
    ids=["as a status", "as an event", "while reading"],
)
def test_w2_a_410_relists_and_tells_what_vanished(gone: Answer) -> None:
    follow = Follow(listing(thing("a", 1), thing("b", 2), version=5), gone, listing(thing("b", 2), version=9)).run()
    assert follow.keeper.calls[-4:] == ["sync_started", "page 1", "vanished a", "sync_finished 9"]
    assert follow.keeper.state == {"b": 0}
    assert follow.notes.causes[0] is Cause.GONE


def test_w9_a_410_on_a_continue_token_begins_the_list_anew() -> None:
    follow = Follow(listing(thing("a", 1), token="t"), Gone(), listing(thing("b", 2), version=9)).run()
    assert follow.keeper.calls[:5] == ["sync_started", "page 1", "sync_started", "page 1", "sync_finished 9"]
    assert follow.keeper.state == {"b": 0}


def test_w2_after_1000_times_410_the_state_is_true_and_no_list_came_early() -> None:
    storm: list[Answer] = []
    for n in range(250):
        storm += [Gone("list"), listing(thing("a", 1), token="t"), Gone("continue")]
        storm += [listing(thing(f"old-{n}", 1), version=5), [error_event(410)]]
        storm += [listing(thing("b", 2), version=6), Gone("watch")]
    follow = Follow(*storm, listing(thing("z", 3), version=9)).run()
    assert follow.keeper.state == {"z": 0}
    assert follow.notes.causes.count(Cause.GONE) == 1000
    assert 1000 / follow.now <= 0.25


def test_w3_an_api_server_down_for_10_minutes_sees_at_most_40_requests() -> None:
    follow = Follow(then=lambda _: _down_until(follow, 600.0))
    follow.run()
    assert len([at for at in follow.asked_at if at < 600.0]) <= 40


def _down_until(follow: Follow, end: float) -> Answer:
    if follow.now >= end:
        follow.driver.stop()
    return Unreachable("refused")


def test_w4_a_busy_server_is_asked_again_not_earlier_than_it_said_and_without_a_list() -> None:
    follow = Follow(
        listing(version=5),
        TooManyRequests(7.0),
        [error_event(429, details={"retryAfterSeconds": 40})],
        [event("ADDED", thing("a", 6))],
    ).run()
    _, first, second, third, _ = follow.asked_at
    assert second - first >= 7.0
    assert third - second >= 40.0
    assert len(follow.api.lists) == 1


def test_w5_a_failing_server_is_asked_again_from_the_same_version() -> None:
    follow = Follow(listing(version=5), ServerError(500), ServerError(503), [event("ADDED", thing("a", 6))]).run()
    assert [q["resourceVersion"] for q in follow.api.watches] == ["5", "5", "5", "6"]
    assert follow.notes.causes[:2] == [Cause.HTTP, Cause.HTTP]


def test_w6_a_line_cut_off_is_forgotten_and_sent_again() -> None:
    whole = event("ADDED", thing("ä" * 10, 7))
    cut: Answer = [event("ADDED", thing("a", 6)) + whole[:-20], Unreachable("cut")]
    follow = Follow(listing(version=5), cut, [whole]).run()
    assert set(follow.keeper.state) == {"a", "ä" * 10}
    assert follow.notes.causes[0] is Cause.RESET
    assert follow.notes.lost == []


def test_w6_a_line_that_is_no_json_reopens_the_stream_and_a_second_time_relists() -> None:
    bad = b'{"type":"ADDED","object":{"metadata":{"re\n'
    follow = Follow(
        listing(version=5),
        [event("ADDED", thing("a", 6)) + bad + event("ADDED", thing("b", 8))],
        [bad],
        listing(thing("a", 6), thing("b", 8), version=9),
    ).run()
    assert [q["resourceVersion"] for q in follow.api.watches[:2]] == ["5", "6"]
    assert follow.notes.causes[:2] == [Cause.DECODE, Cause.DECODE]
    assert follow.keeper.state == {"a": 0, "b": 0}


def _events() -> list[bytes]:
    return [event(("ADDED", "MODIFIED", "DELETED")[n % 3], thing(f"é{n // 4}", 10 + n, n)) for n in range(200)]


def test_w6_a_stream_of_200_events_cut_at_every_byte_is_taken_whole_and_once() -> None:
    truth = Follow(listing(version=5), _events()).run().keeper
    cuts: list[Answer] = [[line[:at], Unreachable("cut")] for line in _events() for at in range(1, len(line) + 1)]
    follow = Follow(listing(version=5), *cuts).run()
    assert len(cuts) > 20_000
    assert follow.keeper.state == truth.state
    assert follow.keeper.calls == truth.calls
    assert len(follow.api.lists) == 1


@settings(max_examples=50)
@given(seed=st.integers())
def test_w6_a_stream_cut_anywhere_and_resumed_from_the_version_asked_for_gives_the_same_state(seed: int) -> None:
    random = Random(seed)

    def resumed(query: Mapping[str, str]) -> Answer:
        rest = b"".join(_events()[max(0, int(query["resourceVersion"]) - 9) :])
        if not rest:
            follow.driver.stop()
        return [rest[: random.randint(1, len(rest) + 1)], Unreachable("cut")]

    follow = Follow(listing(version=5), then=resumed)
    assert follow.run().keeper.state == Follow(listing(version=5), _events()).run().keeper.state


def test_w7_a_bad_object_in_the_stream_is_counted_and_the_version_moves_past_it() -> None:
    bad = event("MODIFIED", thing("a", 7) | {"value": "x"})
    follow = Follow(listing(version=5), [bad, event("ADDED", thing("b", 6))]).run()
    assert follow.notes.lost == [Skipped(SkipReason.INVALID, "a", "shop", "n-a", "7")]
    assert follow.keeper.state == {"b": 0}
    assert follow.api.watches[1]["resourceVersion"] == "7"
    assert len(follow.api.lists) == 1


def test_w7_a_bad_object_in_a_list_is_counted_and_has_not_vanished() -> None:
    bad = thing("a", 7) | {"value": "x"}
    follow = Follow(listing(thing("a", 1), version=5), Gone(), listing(bad, thing("b", 2), version=9)).run()
    assert [lost.uid for lost in follow.notes.lost] == ["a"]
    assert "vanished a" not in follow.keeper.calls
    assert "unreadable a" in follow.keeper.calls
    assert follow.keeper.state == {"b": 0}


def test_w7_a_known_object_deleted_with_an_unreadable_body_vanishes_by_a_new_list() -> None:
    bad = event("DELETED", thing("a", 7) | {"value": "x"})
    follow = Follow(listing(thing("a", 1), version=5), [bad], listing(version=9)).run()
    assert "vanished a" in follow.keeper.calls
    unknown = Follow(listing(version=5), [bad]).run()
    assert len(unknown.api.lists) == 1


def test_w10_a_line_over_the_limit_is_counted_and_the_next_is_taken() -> None:
    long = event("ADDED", thing("x" * 200, 6))
    follow = Follow(listing(version=5), [long + event("ADDED", thing("b", 7))], line_limit=200).run()
    assert follow.notes.lost == [Skipped(SkipReason.TOO_LARGE)]
    assert follow.keeper.state == {"b": 0}


def test_w12_without_rights_the_state_is_not_synced_until_they_are_back() -> None:
    follow = Follow(listing(version=5), [], Forbidden("watch", "pods", "shop"), [bookmark(6)]).run()
    assert follow.notes.sync == [False, True, False, True, False]
    assert follow.notes.causes[1] is Cause.DENIED
    assert "grant get, list, watch on pods" in str(follow.notes.errors[0])


def test_w14_a_replayed_older_event_is_handed_over_and_does_not_turn_the_version_back() -> None:
    stream = [event("MODIFIED", thing("a", 20)), event("MODIFIED", thing("a", 6)), bookmark(4)]
    follow = Follow(listing(version=5), stream).run()
    assert follow.keeper.calls.count("changed a") == 2
    assert follow.api.watches[1]["resourceVersion"] == "20"


def test_a_bookmark_moves_the_version_without_the_handler() -> None:
    follow = Follow(listing(version=5), [bookmark(77)]).run()
    assert follow.api.watches[1]["resourceVersion"] == "77"
    assert "changed" not in " ".join(follow.keeper.calls)


def test_an_answer_that_is_no_list_changes_nothing() -> None:
    follow = Follow(listing(thing("a", 1), version=5), Gone(), b"{}", listing(thing("a", 1), version=9)).run()
    assert follow.keeper.state == {"a": 0}
    assert "vanished a" not in follow.keeper.calls
    assert Cause.DECODE in follow.notes.causes


def test_activity_is_told_with_every_page_every_byte_and_the_head_of_a_watch() -> None:
    heads = 2  # the script's watch, and the one that ends it
    follow = Follow(listing(version=5), [b"\n", bookmark(6)[:5], bookmark(6)[5:]]).run()
    assert len(follow.notes.active) == 1 + 3 + heads


def test_w1_watches_that_open_and_bring_nothing_are_activity_once_and_silence_from_then_on() -> None:
    barren: list[Answer] = [[Stalled("73 s")], [], [Unreachable("reset")]]
    assert len(Follow(listing(version=5), *barren).run().notes.active) == 2
    assert len(Follow(listing(version=5), *barren, [bookmark(6)]).run().notes.active) == 2 + 1 + 1


class _Full(Keeper):
    def changed(self, item: Thing) -> None:
        if self.calls.count("sync_started") == 1:
            raise OSError("disk full")
        super().changed(item)


def test_w13_what_the_handler_raises_ends_the_run_and_nothing_is_lost_by_the_next() -> None:
    answers: list[Answer] = [listing(version=5), [event("ADDED", thing("a", 6))], listing(thing("a", 6), version=7)]
    follow = Follow(*answers, keeper=_Full())
    with pytest.raises(OSError, match="disk full"):
        follow.driver.run()
    assert follow.api.streams[0].closed
    assert follow.notes.sync[-1] is False
    follow.run()
    assert follow.keeper.state == {"a": 0}


def test_events_before_a_failure_in_one_piece_are_a_batch() -> None:
    follow = Follow(listing(version=5), [event("ADDED", thing("a", 6)) + error_event(500)]).run()
    assert follow.keeper.calls[-2:] == ["changed a", "batch_done"]
    assert isinstance(follow.notes.errors[0], ServerError)


def test_a_stop_is_no_failure() -> None:
    def stopped(query: Mapping[str, str]) -> Answer:
        follow.driver.stop()
        return KubeError("the socket was shut") if query else []

    follow = Follow(then=stopped)
    follow.run()
    assert follow.notes.errors == []
    assert follow.notes.causes == []
