"""The states of health checks' own metrics in the store: whole, of one cluster, and in its file wherever that went."""

from pathlib import Path

import pytest

from kubevigil.store.check_metrics import CheckMetrics
from kubevigil.store.database import FILE_NAME
from kubevigil.store.errors import NoStore

from .making import Store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    Store(tmp_path).engine.dispose()
    return tmp_path / FILE_NAME


def test_states_are_written_replaced_and_read_by_another_process(file: Path) -> None:
    CheckMetrics(file, "c").write({"a": "1", "b": "2"})
    CheckMetrics(file, "c").write({"a": "3"})
    assert CheckMetrics(file, "c").read() == {"a": "3", "b": "2"}


def test_those_that_are_gone_go_and_one_that_never_was_is_no_fault(file: Path) -> None:
    shelf = CheckMetrics(file, "c")
    shelf.write({"a": "1", "b": "2"})
    shelf.write({"b": "3"}, gone=["a", "x"])
    assert shelf.read() == {"b": "3"}
    shelf.write({}, gone=["b"])
    assert shelf.read() == {}


def test_each_cluster_has_its_own(file: Path) -> None:
    CheckMetrics(file, "c").write({"a": "1"})
    CheckMetrics(file, "d").write({"a": "2"}, gone=["b"])
    assert CheckMetrics(file, "c").read() == {"a": "1"}


def test_as_many_as_there_may_be_are_written_at_once(file: Path) -> None:
    states = {f"uid-{n}": "x" for n in range(1200)}
    shelf = CheckMetrics(file, "c")
    shelf.write(states)
    shelf.write({}, gone=list(states)[1:])
    assert shelf.read() == {"uid-0": "x"}


def test_without_anything_to_write_the_store_is_not_even_opened(tmp_path: Path) -> None:
    CheckMetrics(tmp_path / FILE_NAME, "c").write({})


def test_a_store_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    shelf = CheckMetrics(tmp_path / FILE_NAME, "c")
    for call in (shelf.read, lambda: shelf.write({"a": "1"})):
        with pytest.raises(NoStore):
            call()
