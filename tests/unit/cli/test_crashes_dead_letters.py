"""`crashes dead-letters` and `crashes replay` as users start them, and what `crashes show` says of deliveries."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kubevigil.cli.crashes_delivery import delivery_words
from kubevigil.cli.main import main
from kubevigil.model.record import Delivery, DeliveryState, Evidence, Record
from kubevigil.store.batch import Batch, Entry
from kubevigil.store.database import FILE_NAME, open_sqlite
from kubevigil.store.journal import Journal
from kubevigil.store.outbox import Outbox
from tests.unit.cli.crashes_cast import NOW, crash, log, oom

SINK = "elasticsearch"
WHY = "mapper_parsing_exception: failed to parse field [labels.app] of type [keyword]"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_") or name == "COLUMNS"]:
        monkeypatch.delenv(variable)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """Of four crashes 1 waits, 2 and 3 were refused, and 4 is sent."""
    journal = Journal(open_sqlite(tmp_path, now=lambda: NOW), cluster="demo", wall=lambda: NOW, sinks=(SINK,))
    for made in (crash(1, 90), oom(2, 60), crash(3, 30), crash(4, 10)):
        bare = Record(**{n: getattr(made, n) for n in Record.__struct_fields__} | {"log": None, "resources": None})
        evidence = {made.id: Evidence(log("last words\n"))}
        journal.commit(Batch(entries=[Entry(bare, ("x",) * 8)], evidence=evidence))
    journal.close()
    outbox = Outbox(tmp_path / FILE_NAME, SINK)
    outbox.dead(oom(2).id, WHY)
    outbox.dead(crash(3).id, "\x1b[31m[bold]413")
    outbox.sent([crash(4).id], NOW)
    return outbox


def told(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(["crashes", *arguments, "--data-dir", str(folder)])
    out, err = capsys.readouterr()
    return code, out, err


def records(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = told(capsys, folder, *arguments, "--json")
    assert (code, err) == (0, "")
    found: list[dict[str, Any]] = json.loads(out)
    return found


@pytest.mark.usefixtures("outbox")
def test_dead_letters_are_a_line_each_with_the_reason_the_newest_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, tmp_path, "dead-letters")
    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", 3)
    assert lines[0].split() == ["AGO", "WORKLOAD", "REFUSED", "BY", "ID", "WHY"]
    assert lines[1].rstrip().split(maxsplit=4)[1:] == ["payments/payments-api", SINK, oom(2).id[:10], WHY]
    assert lines[2].rstrip().split(maxsplit=4)[1:] == ["shop/web", SINK, crash(3).id[:10], "[31m[bold]413"]


@pytest.mark.usefixtures("outbox")
def test_dead_letters_for_machines_are_records_without_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = records(capsys, tmp_path, "dead-letters")
    assert [one["id"] for one in found] == [oom(2).id, crash(3).id]
    assert found[0]["delivery"] == [{"sink": SINK, "state": "dead", "attempts": 1, "error": WHY}]
    assert (found[0]["log"]["text"], found[0]["log"]["bytes"]) == ("", 11)
    assert [one["id"] for one in records(capsys, tmp_path, "dead-letters", "--limit", "1")] == [crash(3).id]


@pytest.mark.usefixtures("outbox")
def test_more_dead_letters_than_are_shown_are_said_to_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, tmp_path, "dead-letters", "--limit", "1")
    assert (code, len(out.splitlines())) == (0, 2)
    assert err == "Only the latest 1 are shown; --limit takes another number.\n"


def test_none_refused_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_sqlite(tmp_path, now=lambda: NOW).dispose()
    assert told(capsys, tmp_path, "dead-letters") == (0, "No crash was refused.\n", "")
    assert told(capsys, tmp_path, "dead-letters", "--json") == (0, "[]\n", "")
    assert told(capsys, tmp_path, "replay", "--all") == (0, "No crash was refused.\n", "")


def test_a_replayed_crash_waits_again_and_is_said_to(
    outbox: Outbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = oom(2).id[:10]
    assert told(capsys, tmp_path, "replay", short) == (0, f"{short} is to be sent again to {SINK}\n", "")
    assert [one["id"] for one in records(capsys, tmp_path, "dead-letters")] == [crash(3).id]
    balance = outbox.balance(NOW)
    assert (balance.waiting, balance.sent, balance.dead) == (2, 1, 1)


def test_all_are_replayed_with_one_word(outbox: Outbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, tmp_path, "replay", "--all") == (0, "2 crashes to be sent again\n", "")
    outbox.dead(oom(2).id, WHY)
    assert told(capsys, tmp_path, "replay", "--all") == (0, "1 crash to be sent again\n", "")


def test_what_cannot_be_replayed_is_1_and_the_others_are_replayed(
    outbox: Outbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, tmp_path, "replay", "fffffff", crash(4).id, oom(2).id, "[bold]")
    assert (code, out) == (1, f"{oom(2).id} is to be sent again to {SINK}\n")
    assert err.splitlines() == [
        "No crash is kept whose id begins with 'fffffff'; `kubevigil crashes dead-letters` shows the ids.",
        f"{crash(4).id[:10]} was not refused: {SINK}: sent",
        "No crash is kept whose id begins with '[bold]'; `kubevigil crashes dead-letters` shows the ids.",
    ]
    assert outbox.balance(NOW).dead == 1


@pytest.mark.usefixtures("outbox")
def test_an_id_that_several_share_replays_none_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_sqlite(tmp_path, now=lambda: NOW)
    with engine.begin() as connection:
        for number in (oom(2).id, crash(3).id):
            for table in ("crashes", "crash_order", "crash_logs", "outbox"):
                connection.exec_driver_sql(
                    f"UPDATE kubevigil_{table} SET id = 'abc' || substr(id, 4) WHERE id = '{number}'"
                )
        connection.exec_driver_sql('UPDATE kubevigil_crashes SET record = replace(record, \'"id":"\', \'"id":"abc\')')
    engine.dispose()
    code, out, err = told(capsys, tmp_path, "replay", "abc")
    assert (code, out) == (1, "")
    assert err.startswith("Several ids begin with 'abc'; which one is meant? abc")


@pytest.mark.parametrize("arguments", [[], ["--all", "abc"]], ids=["neither", "both"])
def test_ids_or_all_and_not_both_or_neither(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, tmp_path, "replay", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "give the ids of crashes, or --all" in err


@pytest.mark.parametrize("command", [["dead-letters"], ["replay", "--all"], ["replay", "abc"]], ids=" ".join)
def test_without_a_store_the_code_is_3_and_none_is_made(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"
    code, out, err = told(capsys, nowhere, *command)
    assert (code, out) == (3, "")
    assert str(nowhere) in err
    assert not nowhere.exists()


@pytest.mark.usefixtures("outbox")
def test_records_tell_how_far_each_sink_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    states = [one["delivery"][0]["state"] for one in records(capsys, tmp_path, "list")]
    assert states == ["waiting", "dead", "dead", "sent"]


@pytest.mark.usefixtures("outbox")
def test_show_has_a_line_on_the_delivery(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = {number: told(capsys, tmp_path, "show", crash(number).id)[1] for number in (1, 2, 4)}
    assert f"  delivery    {SINK}: waiting\n" in shown[1]
    assert f"  delivery    {SINK}: refused after 1 attempt: {WHY}\n" in shown[2]
    assert f"  delivery    {SINK}: sent\n" in shown[4]


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        ((), ""),
        ((Delivery("a", DeliveryState.WAITING, 3, "429"),), "a: waiting after 3 attempts: 429"),
        ((Delivery("a", DeliveryState.SENT, 3), Delivery("b", DeliveryState.WAITING)), "a: sent; b: waiting"),
    ],
    ids=["nowhere", "tried", "two sinks"],
)
def test_a_delivery_in_words(delivery: tuple[Delivery, ...], words: str) -> None:
    assert delivery_words(crash(1, delivery=delivery)) == words
