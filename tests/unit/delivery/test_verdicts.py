"""What becomes of each document, by what the server answers: nothing is lost, nothing is judged twice."""

import json
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.delivery.errors import Reason
from kubevigil.delivery.verdicts import Duplicate, Refused, Retry, Sent, Verdict, verdicts_of


def answer(*items: Mapping[str, Any], **top: Any) -> bytes:
    return json.dumps({"took": 3, "errors": True, "items": list(items)} | top).encode()


def item(id_: str, status: Any, type_: str = "", reason: str = "so it is", action: str = "create") -> dict[str, Any]:
    error = {"error": {"type": type_, "reason": reason}} if type_ else {}
    return {action: {"_index": "k8s-crash-monitor-2026.01.01", "_id": id_, "status": status} | error}


def verdict_on(*items: Mapping[str, Any]) -> Verdict:
    return verdicts_of(answer(*items), ["a"])["a"]


# As OpenSearch 2.19.1 and Elasticsearch 7.10.2 gave them; document_parsing_exception is Elasticsearch 8's.
REAL: list[tuple[int, str, type[Sent] | type[Duplicate] | Reason]] = [
    (201, "", Sent),
    (200, "", Sent),
    (409, "version_conflict_engine_exception", Duplicate),
    (409, "", Duplicate),
    (409, "something_else_exception", Reason.SERVER),
    (400, "mapper_parsing_exception", Reason.MAPPING),
    (400, "document_parsing_exception", Reason.MAPPING),
    (400, "strict_dynamic_mapping_exception", Reason.MAPPING),
    (400, "illegal_argument_exception", Reason.DOCUMENT),
    (413, "", Reason.DOCUMENT),
    (400, "invalid_index_name_exception", Reason.NO_INDEX),
    (400, "index_closed_exception", Reason.NO_INDEX),
    (400, "validation_exception", Reason.NO_INDEX),
    (403, "cluster_block_exception", Reason.NO_INDEX),
    (429, "cluster_block_exception", Reason.NO_INDEX),
    (404, "index_not_found_exception", Reason.NO_INDEX),
    (404, "", Reason.NO_INDEX),
    (403, "security_exception", Reason.CREDENTIALS),
    (401, "", Reason.CREDENTIALS),
    (403, "", Reason.CREDENTIALS),
    (400, "security_exception", Reason.CREDENTIALS),
    (408, "", Reason.SERVER),
    (429, "es_rejected_execution_exception", Reason.THROTTLED),
    (429, "circuit_breaking_exception", Reason.THROTTLED),
    (500, "circuit_breaking_exception", Reason.THROTTLED),
    (503, "unavailable_shards_exception", Reason.SERVER),
    (500, "", Reason.SERVER),
    (302, "", Reason.UNANSWERED),
    (0, "", Reason.UNANSWERED),
    (-201, "", Reason.UNANSWERED),
]
GIVEN_UP = {Reason.MAPPING, Reason.DOCUMENT}


@pytest.mark.parametrize(("status", "type_", "expected"), REAL)
def test_each_status_and_error_has_its_verdict(
    status: int, type_: str, expected: type[Sent] | type[Duplicate] | Reason
) -> None:
    verdict = verdict_on(item("a", status, type_))
    if isinstance(expected, Reason):
        assert isinstance(verdict, Refused if expected in GIVEN_UP else Retry)
        assert verdict.reason is expected
    else:
        assert isinstance(verdict, expected)


def test_the_servers_words_are_kept_on_one_line_with_the_cause() -> None:
    error = {"type": "mapper_parsing_exception", "reason": "field\n[x]\x1b[31m", "caused_by": {"reason": "no number"}}
    verdict = verdict_on({"create": {"_id": "a", "status": 400, "error": error}})
    assert isinstance(verdict, Refused)
    assert verdict.words == "mapper_parsing_exception: field [x] [31m: no number"


def test_words_are_bounded() -> None:
    verdict = verdict_on(item("a", 400, "mapper_parsing_exception", "x" * 10_000))
    assert isinstance(verdict, Refused)
    assert len(verdict.words) == 300


def test_a_status_without_words_is_told_as_such() -> None:
    assert verdict_on(item("a", 503)) == Retry(Reason.SERVER, "status 503")


def test_an_error_that_is_a_text_is_words_too() -> None:
    assert verdict_on({"create": {"_id": "a", "status": 500, "error": "no such thing"}}) == Retry(
        Reason.SERVER, "no such thing"
    )


def test_the_order_of_the_answer_does_not_matter() -> None:
    told = answer(item("c", 201), item("a", 400, "mapper_parsing_exception"), item("b", 409))
    verdicts = verdicts_of(told, ["a", "b", "c"])
    assert list(verdicts) == ["a", "b", "c"]
    assert [type(v) for v in verdicts.values()] == [Refused, Duplicate, Sent]


def test_what_the_answer_does_not_mention_is_sent_again() -> None:
    verdicts = verdicts_of(answer(item("a", 201)), ["a", "b"])
    assert verdicts["a"] == Sent()
    assert isinstance(verdicts["b"], Retry)
    assert verdicts["b"].reason is Reason.UNANSWERED


def test_what_was_not_sent_gets_no_verdict() -> None:
    assert verdicts_of(answer(item("a", 201), item("z", 400, "mapper_parsing_exception")), ["a"]) == {"a": Sent()}


def test_an_answer_that_contradicts_itself_is_not_believed() -> None:
    verdict = verdict_on(item("a", 201), item("a", 400, "mapper_parsing_exception"), item("a", 201))
    assert isinstance(verdict, Retry)
    assert isinstance(verdict_on(item("a", 201), item("a", 201)), Sent)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"create": {"_id": "a"}},
        {"create": {"status": 201}},
        {"create": {"_id": "a", "status": "201"}},
        {"create": {"_id": "a", "status": 201.5}},
        {"create": {"_id": "a", "status": True}},
        {"create": {"_id": "a", "status": None}},
        {"create": {"_id": "a", "status": 201}, "index": {"_id": "a", "status": 201}},
        {"create": None},
        {"create": {"_id": ["a"], "status": 201}},
        {"create": {"_id": "a", "status": 201, "error": 7}},
    ],
)
def test_an_item_that_is_not_understood_is_sent_again_and_spoils_no_other(odd: Any) -> None:
    verdicts = verdicts_of(answer(odd, item("b", 201)), ["a", "b"])
    assert isinstance(verdicts["a"], Retry)
    assert verdicts["b"] == Sent()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"null",
        b"[]",
        b"<html>Login</html>",
        b'{"items": 7}',
        b'{"items": {}}',
        b'{"errors": false}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"items":[' + b"[" * 100_000,
        b'{"error":{"type":"x"},"status":503}',
        b'{"items":[{"create":{"_id":"a","status":201}}',
    ],
    ids=range(12),
)
def test_a_success_that_is_no_answer_acknowledges_nothing(garbage: bytes) -> None:
    verdicts = verdicts_of(garbage, ["a", "b"])
    assert set(verdicts) == {"a", "b"}
    assert all(isinstance(v, Retry) and v.reason is Reason.UNANSWERED for v in verdicts.values())


_ids = st.sampled_from([f"id{n}" for n in range(12)])
_types = st.sampled_from(["", *(type_ for _, type_, _ in REAL), "never_heard_of_exception"])
_statuses = st.integers(-1, 999) | st.sampled_from([200, 201, 400, 409, 429, 503]) | st.none() | st.text(max_size=3)
_items = st.builds(item, _ids, _statuses, _types, st.text(max_size=20), st.sampled_from(["create", "index", "delete"]))
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
_answers = (
    st.lists(_items | _json, max_size=20).map(lambda items: json.dumps({"items": items}).encode())
    | _json.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
)


@given(_answers, st.lists(_ids, unique=True, max_size=12), st.integers(0, 400))
def test_whatever_is_answered_each_document_gets_one_verdict(told: bytes, sent: list[str], cut: int) -> None:
    for body in (told, told[:cut]):
        verdicts = verdicts_of(body, sent)
        assert list(verdicts) == sent
        assert all(isinstance(verdict, Sent | Duplicate | Retry | Refused) for verdict in verdicts.values())


@given(st.lists(st.tuples(_ids, st.sampled_from(REAL)), unique_by=lambda pair: pair[0], max_size=12))
def test_a_document_is_done_only_if_the_server_said_so(told: list[tuple[str, tuple[int, str, Any]]]) -> None:
    items = [item(id_, status, type_) for id_, (status, type_, _) in told]
    verdicts = verdicts_of(answer(*items), [f"id{n}" for n in range(12)])
    done = {id_ for id_, verdict in verdicts.items() if isinstance(verdict, Sent | Duplicate)}
    assert done == {id_ for id_, (_, _, expected) in told if expected in {Sent, Duplicate}}


def _expected(status: int, type_: str) -> type[Verdict]:
    expected = next(verdict for known_status, known, verdict in REAL if (known_status, known) == (status, type_))
    if isinstance(expected, Reason):
        return Refused if expected in GIVEN_UP else Retry
    return expected


def test_ten_thousand_random_answers_are_accounted_for_exactly() -> None:
    """In any order, with documents left out, told of twice, or never sent, and with items that are none."""
    random, figures = Random(20_261_121), Counter[type[Verdict]]()
    for _ in range(10_000):
        sent = [f"id{n}" for n in range(random.randint(1, 8))]
        expected: dict[str, type[Verdict]] = dict.fromkeys(sent, Retry)
        items: list[Any] = [random.choice([None, {}, [], "x", {"create": {}}]) for _ in range(random.randint(0, 2))]
        for id_ in [*sent, "never sent"]:
            told = random.sample(REAL, random.choice([0, 1, 1, 1, 1, 2]))
            items += [item(id_, status, type_) for status, type_, _ in told]
            verdicts = [_expected(status, type_) for status, type_, _ in told]
            if len(told) == 1 or (len(told) == 2 and verdicts[0] is verdicts[1] and verdicts[0] in {Sent, Duplicate}):
                expected[id_] = verdicts[0]
        expected.pop("never sent", None)
        random.shuffle(items)
        found = verdicts_of(answer(*items), sent)
        assert {id_: type(verdict) for id_, verdict in found.items()} == expected
        figures.update(type(verdict) for verdict in found.values())
    assert min(figures[verdict] for verdict in (Sent, Duplicate, Retry, Refused)) > 1_000
