"""Bytes of the API into structs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.kube.answers import Bookmark, Change, EventType, Failure, Skipped, SkipReason
from kubevigil.kube.decode import Decoder, decode_status
from kubevigil.kube.errors import Undecodable
from kubevigil.model.pod import Annotations, Pod

from .objects import Thing, bookmark, error_event, event, listing, thing

THINGS = Decoder(Thing)


def test_a_page_tells_its_version_its_token_and_what_remains() -> None:
    body = {"metadata": {"resourceVersion": "9", "continue": "t", "remainingItemCount": 4}, "items": [thing("a", 1, 5)]}
    page = THINGS.page(json.dumps(body).encode())
    assert (page.resource_version, page.continue_token, page.remaining) == ("9", "t", 4)
    assert [(i.metadata.uid, i.value) for i in page.items] == [("a", 5)]
    assert page.skipped == []


def test_an_empty_list_may_be_null() -> None:
    assert THINGS.page(b'{"metadata":{"resourceVersion":"9"},"items":null}').items == []


def test_w7_one_bad_pod_among_10000_is_skipped_with_its_name_and_the_others_are_kept() -> None:
    pods = [{"metadata": thing(str(n), n)["metadata"], "status": {"phase": "Running"}} for n in range(10_000)]
    pods[5000]["status"] = {"containerStatuses": [{"name": "app", "restartCount": "3"}]}
    page = Decoder(Pod).page(listing(*pods))
    assert len(page.items) == 9_999
    assert page.skipped == [Skipped(SkipReason.INVALID, "5000", "shop", "n-5000", "5000")]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        "text",
        [],
        {},
        {"metadata": None},
        {"metadata": {"name": 1, "uid": []}},
        {"metadata": {"name": "n", "uid": "u"}, "value": "3"},
        {"metadata": {"name": "n", "uid": "u"}, "value": None},
        {"metadata": {"name": "\ud800", "uid": "u"}},
        {"metadata": {"name": "n", "uid": "u", "labels": {"a": "\udfff"}}},
    ],
)
def test_an_object_of_any_wrong_shape_costs_only_itself(bad: Any) -> None:
    page = THINGS.page(listing(thing("a", 1), bad, thing("b", 2)))
    assert [item.metadata.uid for item in page.items] == ["a", "b"]
    assert [lost.reason for lost in page.skipped] == [SkipReason.INVALID]


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 10**30, 10**400])
def test_a_number_wider_than_the_apis_own_costs_only_its_pod(number: int) -> None:
    status = {"containerStatuses": [{"name": "app", "restartCount": number}]}
    page = Decoder(Pod).page(listing({**thing("wide", 1), "status": status}, thing("well", 2)))
    assert [pod.metadata.uid for pod in page.items] == ["well"]
    assert [lost.uid for lost in page.skipped] == ["wide"]


def test_of_the_annotations_those_addressed_to_us_are_read_and_a_pod_without_any_carries_none() -> None:
    ours = {"ignore": "false", "redaction": "off", "owner": "team", "slack-channel": "#team"}
    metadata = {**thing("a", 1)["metadata"], "annotations": {f"kubevigil.io/{k}": v for k, v in ours.items()}}
    metadata["annotations"] |= {"owner": "no", "slack-channel": "no", "x.test/owner": "no", "kubevigil.io/x": "no"}
    pods = Decoder(Pod).page(listing({"metadata": metadata}, thing("b", 2))).items
    assert [pod.metadata.annotations for pod in pods] == [
        Annotations(ignore="false", redaction="off", owner="team", slack_channel="#team"),
        None,
    ]


def test_an_object_that_is_not_utf8_costs_only_itself() -> None:
    body = listing(thing("a", 1), thing("b", 2)).replace(b"n-b", b"n-\xff")
    page = THINGS.page(body)
    assert [item.metadata.uid for item in page.items] == ["a"]
    assert [lost.uid for lost in page.skipped] == ["b"]


def test_what_is_nested_too_deep_to_read_is_an_error_and_no_crash() -> None:
    body = listing(thing("a", 1) | {"deep": 0}).replace(b'"deep": 0', b'"deep": ' + b"[" * 5000 + b"]" * 5000)
    with pytest.raises(Undecodable):
        THINGS.page(body)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"[]", b"<html>", b'{"kind":"Status"}', b'{"items":[]}', b'{"metadata":5,"items":[]}'),
        *(b'{"metadata":{"resourceVersion":"1"},"it', b'{"metadata":{"resourceVersion":"1"},"items":{}}'),
        listing(thing("a", 1))[:-9],
    ],
)
def test_what_is_no_list_is_never_taken_for_an_empty_cluster(body: bytes) -> None:
    with pytest.raises(Undecodable):
        THINGS.page(body)


def test_events_tell_what_changed() -> None:
    decoded = [THINGS.event(event(kind, thing("a", 7, 1)).strip()) for kind in ("ADDED", "MODIFIED", "DELETED")]
    assert [d.type for d in decoded if isinstance(d, Change)] == list(EventType)


def test_a_bookmark_tells_a_version_and_an_error_its_status_and_wait() -> None:
    assert THINGS.event(bookmark(12)) == Bookmark("12")
    assert THINGS.event(error_event(410)) == Failure(410, "as it is", 0.0)
    assert THINGS.event(error_event(429, details={"retryAfterSeconds": 3})) == Failure(429, "as it is", 3.0)
    assert THINGS.event(event("ERROR", {"code": "odd"})) == Failure(0)


def test_a_bad_object_in_an_event_is_skipped_with_its_version() -> None:
    bad = thing("a", 7) | {"value": "x"}
    assert THINGS.event(event("MODIFIED", bad)) == Skipped(SkipReason.INVALID, "a", "shop", "n-a", "7")
    assert THINGS.event(event("DELETED", bad)) == Skipped(SkipReason.INVALID, "a", "shop", "n-a", "7", deleted=True)


@given(st.one_of(st.binary(), st.text().map(str.encode), st.sampled_from([event("ADDED", thing("a", 1))])), st.data())
def test_no_line_raises_anything_but_undecodable(line: bytes, data: st.DataObject) -> None:
    cut = line[: data.draw(st.integers(0, len(line)))]
    try:
        decoded = THINGS.event(cut)
    except Undecodable:
        return
    assert isinstance(decoded, Change | Bookmark | Failure | Skipped)


def test_a_status_that_is_none_is_empty() -> None:
    assert decode_status(b"<html>").message == ""
    assert decode_status(b'{"details":{"retryAfterSeconds":-5}}').retry_after == 0.0
