"""The `crashes` commands as users start them, on stores that the journal wrote."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubevigil.cli.main import main
from kubevigil.model import clock
from kubevigil.model.record import CaptureResult, Evidence, Record, RecordedLog, Workload
from kubevigil.store.batch import Batch, Entry
from kubevigil.store.database import FILE_NAME, open_sqlite
from kubevigil.store.journal import Journal
from tests.unit.cli.crashes_cast import NOW, crash, log, oom

DEADLINE_SECONDS = 30
FIELDS = ["id", "cluster", "namespace", "pod", "pod_uid", "node", "workload", "container", "termination"]
FIELDS += ["log", "events", "resources", "delivery"]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_") or name == "COLUMNS"]:
        monkeypatch.delenv(variable)


def write(directory: Path, *crashes: Record, at: float = NOW) -> None:
    """Writes crashes in this order; those with a log are settled with it."""
    journal = Journal(open_sqlite(directory, now=lambda: at), cluster="demo", wall=lambda: at)
    for record in crashes:
        bare = _bare(record)
        evidence = {} if record.log is None else {record.id: Evidence(record.log, record.events, record.resources)}
        journal.commit(Batch(entries=[Entry(bare, ("x",) * 8)], evidence=evidence))
    journal.close()


def _bare(record: Record) -> Record:
    fields = {name: getattr(record, name) for name in Record.__struct_fields__}
    return Record(**fields | {"log": None, "events": (), "resources": None})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    settled = oom(2, 60, log=log("heap 63Mi of 64Mi\n"))
    write(tmp_path, crash(1, 90), settled, crash(3, 30, log=RecordedLog(CaptureResult.GONE)), crash(4, 10, log=None))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], directory: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(["crashes", *arguments, "--data-dir", str(directory)])
    out, err = capsys.readouterr()
    return code, out, err


def listed(capsys: pytest.CaptureFixture[str], directory: Path, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = told(capsys, directory, "list", "--json", *arguments)
    assert (code, err) == (0, "")
    records: list[dict[str, Any]] = json.loads(out)
    return records


def numbers(records: list[dict[str, Any]]) -> list[int]:
    by_id = {crash(n).id: n for n in range(1, 30)}
    return [by_id[record["id"]] for record in records]


def test_list_prints_records_of_the_fixed_shape_the_newest_last(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = listed(capsys, store)
    assert numbers(records) == [1, 2, 3, 4]
    assert [list(record) for record in records] == [FIELDS] * 4
    assert records[1]["log"] == {
        "result": "ok",
        "text": "heap 63Mi of 64Mi\n",
        "bytes": 18,
        "truncated": False,
        "dropped": False,
    }
    assert records[1]["termination"]["class"] == "oom"
    assert records[1]["resources"]["memory_limit"] == "64Mi"
    assert records[3]["log"] is None


def test_without_logs_the_shape_stays_and_the_text_is_empty(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = listed(capsys, store, "--no-logs")[1]["log"]
    assert (one["result"], one["text"], one["bytes"]) == ("ok", "", 18)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--cluster", "demo"], [1, 2, 3, 4]),
        (["--cluster", "another"], []),
        (["--namespace", "payments"], [2]),
        (["--namespace", "pay"], []),
        (["--workload", "web"], [1, 3, 4]),
        (["--workload", "Deployment/payments-api"], [2]),
        (["--workload", "StatefulSet/payments-api"], []),
        (["--class", "oom"], [2]),
        (["--class", "oom,error", "--namespace", "shop"], [1, 3, 4]),
        (["--limit", "2"], [3, 4]),
        (["--since", "2026-09-21T14:13:21Z"], []),
        (["--since", "2000-01-01T00:00:00Z"], [1, 2, 3, 4]),
    ],
)
def test_filters_leave_what_was_asked_for(
    filters: list[str], found: list[int], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = told(capsys, store, "list", "--json", *filters)
    assert (code, numbers(json.loads(out))) == (0, found)


def test_the_table_has_a_line_a_kind_and_says_when_there_is_more(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, store, "list", "--utc")
    assert (code, err, len(out.splitlines())) == (0, "", 3)
    code, out, err = told(capsys, store, "list", "--each", "--limit", "3")
    assert (code, err, len(out.splitlines())) == (0, "Only the latest 3 are shown; --limit takes another number.\n", 4)


def test_an_empty_list_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert told(capsys, tmp_path, "list") == (0, "No crash is kept.\n", "")
    assert told(capsys, tmp_path, "list", "--class", "oom") == (0, "No crash is kept that fits.\n", "")
    assert told(capsys, tmp_path, "list", "--json") == (0, "[]\n", "")


def test_json_is_ascii_whatever_a_container_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x9b2J \u202e Grüße \x00"
    write(tmp_path, crash(1, log=log(evil)))
    _, out, _ = told(capsys, tmp_path, "list", "--json")
    assert out.isascii()
    assert out.replace("\n", " ").isprintable()
    assert json.loads(out)[0]["log"]["text"] == evil


def test_show_tells_all_of_the_one_whose_id_begins_so(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, store, "show", oom(2).id[:6].upper())
    assert (code, err) == (0, "")
    assert out.startswith("payments/payments-api  api  OOM killed (limit 64Mi)\n")
    assert "\nheap 63Mi of 64Mi\n" in out
    code, out, _ = told(capsys, store, "show", "--json", oom(2).id)
    assert json.loads(out) == listed(capsys, store)[1]


def test_show_names_the_crashes_around_this_one(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = told(capsys, store, "show", crash(3).id)
    assert "3 of this container in this pod, within 80s" in out
    assert f"first       {crash(1).id[:10]}, 2026-09-21 14:11:50Z" in out
    assert f"latest      {crash(4).id[:10]}, 2026-09-21 14:13:10Z" in out
    assert f"kubevigil crashes show {crash(1).id[:10]}\n" in out
    assert f"kubevigil crashes show {crash(4).id[:10]}\n" in out


@pytest.mark.parametrize("id_", ["zzz", "ffffffffff", "", "%", "6b86%", "[bold]", ":smile:"])
def test_an_unknown_id_is_1(id_: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, store, "show", id_)
    assert (code, out) == (1, "")
    assert f"whose id begins with {id_!r}" in err


def test_an_ambiguous_id_is_1_with_the_candidates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [f"abc{n:x}" + "0" * 60 for n in range(12)]
    write(tmp_path, *(crash(1, 12 - n, id=id_) for n, id_ in enumerate(ids)))
    code, out, err = told(capsys, tmp_path, "show", "abc")
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert lines[0] == "Several ids begin with 'abc'; which one is meant?"
    assert all(re.match(r"  abc[0-9a-f]0+  2026-09-21 14:13:\d\dZ  shop/web  exit 1", line) for line in lines[1:11])
    assert lines[11:] == ["  …"]


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["show", "abc"], ["tail"]])
def test_without_a_store_the_code_is_3_and_it_says_where_it_looked(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubevigil.cli.crashes_tail.on_stop_signal", lambda _: None)
    nowhere = tmp_path / "nowhere"
    code, out, err = told(capsys, nowhere, *command)
    assert (code, out) == (3, "")
    assert str(nowhere) in err
    assert "kubectl exec deploy/kubevigil -- kubevigil crashes list" in err
    assert not nowhere.exists()


def test_what_is_no_store_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    code, out, err = told(capsys, tmp_path, "list")
    assert (code, out) == (3, "")
    assert err


def test_bad_settings_are_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crashes", "list", "--store", "nonsense"]) == 2
    assert "store: flag --store" in capsys.readouterr().err


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "kubevigil", "crashes", *arguments]


def environment(**more: str) -> dict[str, str]:
    ours = ("KUBEVIGIL_", "COLUMNS", "LANG", "LC_", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "NO_COLOR", "FORCE_COLOR")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | more


class Following:
    """`crashes tail` as a process."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            command("tail", "--data-dir", str(directory), *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        self._read = b""

    def line(self) -> str:
        assert self.process.stdout is not None
        out = self.process.stdout.fileno()
        while b"\n" not in self._read:
            assert select.select([out], [], [], DEADLINE_SECONDS)[0], "nothing was told in time"
            data = os.read(out, 65_536)
            assert data, "it ended"
            self._read += data
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=DEADLINE_SECONDS)
        return self.process.returncode, (self._read + out).decode(), err.decode()


@pytest.fixture
def started() -> Iterator[list[Following]]:
    followings: list[Following] = []
    yield followings
    for following in followings:
        following.process.kill()
        following.process.communicate()


def test_tail_tells_what_is_written_and_ends_with_0_when_asked(store: Path, started: list[Following]) -> None:
    following = Following(store, "--since", "2000-01-01T00:00:00Z", "--namespace", "shop")
    started.append(following)
    assert crash(1).id[:10] in following.line()
    assert crash(3).id[:10] in following.line()
    assert f"{crash(4).id[:10]}  {'shop/web':32}  web  exit 1 (error)  log pending" in following.line()
    write(store, crash(5, 0), oom(6, 0), crash(7, 0))
    assert following.line() == (
        f"2026-09-21 14:13:20Z  {crash(5).id[:10]}  {'shop/web':32}  web  exit 1 (error)  log 11 B"
    )
    assert crash(7).id[:10] in following.line()
    assert following.end(signal.SIGTERM) == (0, "", "")


def test_tail_with_json_is_a_record_a_line_and_ctrl_c_ends_it_with_0(store: Path, started: list[Following]) -> None:
    following = Following(store, "--json", "--since", "2000-01-01T00:00:00Z", "--class", "oom")
    started.append(following)
    record = json.loads(following.line())
    assert (list(record), record["id"], record["log"]["text"]) == (FIELDS, oom(2).id, "heap 63Mi of 64Mi\n")
    assert following.end(signal.SIGINT) == (0, "", "")


def test_tail_goes_on_in_a_store_that_is_begun_anew(store: Path, started: list[Following]) -> None:
    following = Following(store, "--since", "2000-01-01T00:00:00Z", "--namespace", "payments")
    started.append(following)
    assert oom(2).id[:10] in following.line()
    for file in store.iterdir():
        file.rename(file.with_name(file.name + ".damaged-1"))
    write(store, *(oom(8 + n, 0) for n in range(6)))  # more than the old one held
    assert [following.line().split()[2] for _ in range(6)] == [oom(8 + n).id[:10] for n in range(6)]
    assert following.end(signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["show", crash(1).id]])
def test_a_reader_that_has_seen_enough_is_no_error(arguments: list[str], store: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            command(*arguments, "--data-dir", str(store)),
            stdout=closed,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
            timeout=DEADLINE_SECONDS,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_has_colours_and_a_pipe_has_none(store: Path) -> None:
    arguments = command("list", "--data-dir", str(store))
    piped = subprocess.run(arguments, capture_output=True, env=environment(TERM="xterm"), check=True, timeout=30)
    assert b"\x1b" not in piped.stdout
    assert b"CONTAINER" in piped.stdout
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", closefd=True) as screen:
        subprocess.run(
            arguments, stdout=theirs, stderr=theirs, env=environment(TERM="xterm", COLUMNS="80"), check=True, timeout=30
        )
        os.close(theirs)
        shown = os.read(screen.fileno(), 65_536)
    assert b"\x1b[1;31mOOM killed" in shown
    assert b"crashes show ID tells all of one" in shown


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["show", crash(9).id]])
def test_a_terminal_without_utf_8_is_no_error(arguments: list[str], tmp_path: Path) -> None:
    write(
        tmp_path, crash(9, message="Gerät \u65e5" + "x" * 300, log=log("日本語\n" * 50), workload=Workload("Pod", "日"))
    )
    done = subprocess.run(
        command(*arguments, "--data-dir", str(tmp_path)),
        capture_output=True,
        env=environment(PYTHONIOENCODING="ascii"),
        check=False,
        timeout=DEADLINE_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


def test_commands_read_while_the_exporter_writes(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(open_sqlite(store, now=clock.wall), cluster="demo", wall=clock.wall)
    journal.commit(Batch(entries=[Entry(_bare(crash(5)), ("x",) * 8)]))
    assert numbers(listed(capsys, store))[-1] == 5
    journal.close()


def test_crashes_alone_tells_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["crashes"])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert [line.split("  ")[1] for line in err.splitlines() if line.startswith("  ")] == [
        "crashes list",
        "crashes show",
        "crashes tail",
        "crashes dead-letters",
        "crashes replay",
    ]
    assert main(["crashes", "--help"]) == 0
    assert capsys.readouterr().out == err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["lst"], "kubevigil crashes: unknown command 'lst', did you mean 'list'?; see kubevigil crashes --help"),
        (["zzz"], "kubevigil crashes: unknown command 'zzz'; see kubevigil crashes --help"),
        (
            ["list", "--josn"],
            "kubevigil crashes list: unknown argument '--josn', did you mean '--json'?; see kubevigil",
        ),
        (["show"], "kubevigil crashes show: the following arguments are required: ID"),
        (
            ["list", "--limit", "0"],
            "kubevigil crashes list: argument --limit: '0' is no whole number from 1 to 9999999",
        ),
    ],
)
def test_a_usage_error_is_one_line_and_2(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crashes", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(line)
