"""What both engines do with what we send: set up once, each crash once, nothing in a log is a command."""

import json

import msgspec
import pytest

from kubevigil.delivery.bulk import body_of, item_of
from kubevigil.delivery.client import Client
from kubevigil.delivery.documents import Format
from kubevigil.delivery.errors import Reason
from kubevigil.delivery.setup.applying import set_up
from kubevigil.delivery.setup.mapping import MAPPINGS
from kubevigil.delivery.setup.steps import Change
from kubevigil.delivery.setup.wanted import Wanted
from kubevigil.delivery.verdicts import Duplicate, Refused, Sent, verdicts_of
from kubevigil.model.record import CaptureResult, Record, RecordedLog
from tests.unit.kibana.fields import indexed

from .crashes import DAYS, sent, three_days
from .engine import Engine

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

INDICES = [day.replace("-", ".") for day in DAYS]


def saying(text: str) -> Record:
    """A crash with that log."""
    return msgspec.structs.replace(three_days()[0], log=RecordedLog(CaptureResult.OK, text))


def test_the_engine_is_the_one_that_it_was_started_as(engine: Engine, client: Client, prefix: str) -> None:
    assert set_up(client, Wanted(prefix), dry_run=True).server.kind.value == engine.name


def test_setting_up_again_changes_nothing(client: Client, prefix: str) -> None:
    wanted = Wanted(prefix, replicas=0)
    assert set_up(client, wanted).changed > 0
    assert set_up(client, wanted).changed == 0


def test_a_dry_run_tells_the_changes_and_makes_none(client: Client, prefix: str) -> None:
    told = [set_up(client, Wanted(prefix), dry_run=True) for _ in range(2)]
    assert told[0] == told[1]
    assert told[0].changed == set_up(client, Wanted(prefix)).changed > 0


def test_a_setting_that_changed_is_the_only_update(client: Client, prefix: str) -> None:
    set_up(client, Wanted(prefix))
    again = set_up(client, Wanted(prefix, refresh_seconds=30))
    assert [(step.what, step.change) for step in again.steps if step.change in {Change.CREATE, Change.UPDATE}] == [
        (f"index template {Wanted(prefix).name}", Change.UPDATE)
    ]


def test_a_day_has_its_index_with_the_fields_of_the_template_and_no_others(
    engine: Engine, client: Client, prefix: str
) -> None:
    set_up(client, Wanted(prefix))
    for format_ in Format:
        records = [msgspec.structs.replace(each, id=f"{format_}-{each.id}") for each in three_days()]
        assert set(sent(client, format_, prefix, records).values()) == {Sent()}
    assert sorted(engine.ask("GET", f"/{prefix}*/_mapping")) == [prefix + day for day in INDICES]
    for index in engine.ask("GET", f"/{prefix}*/_mapping").values():
        assert dict(indexed(index["mappings"]["properties"])) == dict(indexed(MAPPINGS["properties"]))


def test_a_document_that_is_sent_twice_is_there_once(engine: Engine, client: Client, prefix: str) -> None:
    set_up(client, Wanted(prefix))
    records = three_days()[:50]
    assert set(sent(client, Format.ECS, prefix, records).values()) == {Sent()}
    assert set(sent(client, Format.ECS, prefix, records).values()) == {Duplicate()}
    found = engine.search(f"{prefix}*", {"size": 100, "query": {"match_all": {}}})
    assert sorted(hit["_id"] for hit in found["hits"]["hits"]) == sorted(record.id for record in records)


def test_a_document_with_a_value_where_fields_should_be_is_refused_and_those_beside_it_are_taken(
    client: Client, prefix: str
) -> None:
    set_up(client, Wanted(prefix))
    index = prefix + INDICES[0]
    well = {"kubernetes": {"namespace": "shop"}}
    items = [item_of(id_, index, document) for id_, document in (("a", well), ("b", {"kubernetes": "x"}), ("c", well))]
    verdicts = verdicts_of(client.bulk(body_of(items)), ("a", "b", "c"))
    assert (verdicts["a"], verdicts["c"]) == (Sent(), Sent())
    assert isinstance(verdicts["b"], Refused)
    assert verdicts["b"].reason == Reason.MAPPING
    assert "[kubernetes]" in verdicts["b"].words


def test_a_value_that_its_field_cannot_take_costs_the_field_not_the_document(
    engine: Engine, client: Client, prefix: str
) -> None:
    set_up(client, Wanted(prefix))
    odd = {"@timestamp": "2026-11-19T00:00:00Z", "process": {"exit_code": "many"}, "event": {"reason": "x" * 40_000}}
    assert verdicts_of(client.bulk(body_of([item_of("odd", prefix + INDICES[0], odd)])), ["odd"]) == {"odd": Sent()}
    (hit,) = engine.search(f"{prefix}*", {"query": {"exists": {"field": "@timestamp"}}})["hits"]["hits"]
    assert hit["_source"] == odd


@pytest.mark.parametrize("format_", list(Format))
def test_a_command_in_a_log_stays_text_and_is_found_whole(
    format_: Format, engine: Engine, client: Client, prefix: str
) -> None:
    set_up(client, Wanted(prefix))
    victim, *_ = others = three_days()[1:4]
    assert set(sent(client, format_, prefix, others).values()) == {Sent()}
    command = json.dumps({"delete": {"_index": prefix + INDICES[0], "_id": victim.id}})
    text = f'starting\n{command}\n{{"index":{{}}}}\r\n{{}}\n\u2028\x00\x1b[31m "\\ é 🦊\ud800 end\n'
    evil = saying(text)
    assert sent(client, format_, prefix, [evil]) == {evil.id: Sent()}
    hits = engine.search(f"{prefix}*", {"query": {"match_all": {}}})["hits"]["hits"]
    documents = {hit["_id"]: hit["_source"] for hit in hits}
    assert sorted(documents) == sorted([evil.id, *(each.id for each in others)])
    kept = documents[evil.id]["message" if format_ is Format.ECS else "logs"]
    assert kept == text.replace("\ud800", "\ufffd")


@pytest.mark.parametrize(("format_", "field"), [(Format.ECS, "message"), (Format.LEGACY, "logs")])
def test_a_word_of_the_log_finds_its_crash_once(
    format_: Format, field: str, engine: Engine, client: Client, prefix: str
) -> None:
    set_up(client, Wanted(prefix))
    records = three_days()
    for _ in range(2):
        sent(client, format_, prefix, records)
    for number in (0, 123, 399):
        found = engine.search(f"{prefix}*", {"query": {"match_phrase": {field: f"database {number}"}}})
        assert [hit["_id"] for hit in found["hits"]["hits"]] == [records[number].id]
