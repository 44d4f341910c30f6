"""The SQL of a migration of SQLite's file, before it is run; tests/stores has that of the servers."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kubevigil.cli.parsing import Parser
from kubevigil.cli.store_migrate import COMMAND
from kubevigil.store import schema
from kubevigil.store.address import FILE_NAME
from kubevigil.store.archive import open_archive
from kubevigil.store.review import statements, version_of

from .making import Store


def executed(path: Path, printed: list[str]) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.executescript("\n".join(printed))


def test_the_printed_sql_makes_a_store_and_then_there_is_nothing_to_do(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    printed = statements(path)
    assert not path.exists()
    assert version_of(path) is None
    executed(path, printed)
    assert (statements(path), version_of(path)) == ([], schema.VERSION)
    store = Store(tmp_path)
    assert len(store.crash(1)) == 1
    store.journal.close()


def old(folder: Path, version: int) -> Path:
    path = folder / FILE_NAME
    executed(path, [Path(__file__).with_name(f"version_{version}.sql").read_text(encoding="utf-8")])
    return path


def tables(path: Path) -> list[tuple[str, ...]]:
    """Names of tables and indexes, with the table that each is of."""
    with closing(sqlite3.connect(path)) as file:
        return file.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY name").fetchall()


def crashes(folder: Path) -> int:
    with closing(open_archive(folder)) as archive:
        return len(archive.newer_than(0)[0])


@pytest.mark.parametrize(("version", "recorded"), [(2, 5), (3, 3)])
def test_the_printed_sql_makes_an_older_store_one_of_this_version(tmp_path: Path, version: int, recorded: int) -> None:
    path = old(tmp_path, version)
    before = path.read_bytes()
    printed = statements(path)
    assert path.read_bytes() == before
    assert [line for line in printed if line.startswith("--")] == []
    executed(path, printed)
    assert (statements(path), version_of(path)) == ([], schema.VERSION)
    assert tables(path) == tables(made(tmp_path / "new"))
    assert crashes(tmp_path) == recorded


def test_what_sql_cannot_do_is_told_and_is_still_done_after_what_it_can_was_run(tmp_path: Path) -> None:
    path = old(tmp_path, 1)
    executed(path, statements(path))
    (remark,) = statements(path)
    assert remark.startswith(
        "-- Run `kubevigil store migrate` after this, which does the rest: 1 to 2: each crash gets"
    )
    assert version_of(path) == 1
    assert run(f"--data-dir={tmp_path}") == 0
    assert (statements(path), version_of(path)) == ([], schema.VERSION)
    assert tables(path) == tables(made(tmp_path / "new"))
    assert crashes(tmp_path) == 4


def made(folder: Path) -> Path:
    """A new store of this version."""
    Store(folder).journal.close()
    return folder / FILE_NAME


def run(*arguments: str) -> int:
    parser = Parser(prog="kubevigil store migrate", description=COMMAND.help)
    COMMAND.add(parser)
    return COMMAND.run(parser.parse(arguments))


def test_the_command_prints_then_does_then_has_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = f"--data-dir={tmp_path}"
    assert run("--print-sql", folder) == 0
    assert capsys.readouterr().out.count("CREATE TABLE") == len(schema.metadata.tables)
    assert not (tmp_path / FILE_NAME).exists()
    assert run(folder) == 0
    assert capsys.readouterr().out == f"The store's schema is version {schema.VERSION} now; there was none before.\n"
    assert run(folder) == 0
    assert (
        capsys.readouterr().out == f"The store's schema is version {schema.VERSION} already; there is nothing to do.\n"
    )


def test_a_newer_store_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = schema.VERSION + 1
    executed(tmp_path / FILE_NAME, [*statements(tmp_path / FILE_NAME), f"UPDATE kubevigil_meta SET value = '{newer}';"])
    for arguments in ((), ("--print-sql",)):
        assert run(*arguments, f"--data-dir={tmp_path}") == 3
        assert capsys.readouterr().err.startswith(
            f"store: its schema is version {newer}, this Kubevigil knows {schema.VERSION}"
        )
