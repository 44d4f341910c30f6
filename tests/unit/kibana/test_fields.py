"""Every field of the boards is one that documents have, indexed so that it can be used as it is."""

import re

import pytest

from kubevigil.bundle.documents import defaults
from kubevigil.delivery import ecs, legacy
from kubevigil.delivery.indices import DEFAULT_PREFIX
from kubevigil.delivery.setup.mapping import MAPPINGS
from kubevigil.delivery.setup.wanted import Wanted
from tests.unit.delivery.crashes import crash

from .boards import FORMATS, board, fields_of_link, fields_used, index_pattern
from .fields import indexed, names

GROUPED = {"keyword", "long", "boolean"}
TYPES = {
    "terms": GROUPED,
    "cardinality": GROUPED,
    "max": {"date", "long"},
    "date_histogram": {"date"},
    "time": {"date"},
    "sort": {"date", "long", "keyword"},
    "search": {"text", "keyword"},
    "column": {"text", "keyword", "date", "long", "boolean"},
}
DOCUMENTS = {"ecs": ecs.document(crash()), "legacy": legacy.document(crash())}

FIELDS = dict(indexed(MAPPINGS["properties"]))
USED = [(name, how, field) for name in FORMATS for how, field in dict.fromkeys(fields_used(board(name)))]


@pytest.mark.parametrize(("how", "field"), [used[1:] for used in USED], ids=lambda part: part)
def test_a_field_is_indexed_with_a_type_that_fits_its_use(how: str, field: str) -> None:
    assert FIELDS.get(field) in TYPES[how]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_crash_of_which_everything_is_known_has_every_field_of_its_board(format_: str) -> None:
    used = {field for name, _, field in USED if name == format_}
    assert len(used) >= 7
    assert used - set(names(DOCUMENTS[format_])) == set()


def test_the_legacy_board_uses_all_eight_fields() -> None:
    assert {field for name, _, field in USED if name == "legacy"} == set(DOCUMENTS["legacy"])


def test_each_board_has_a_time_of_its_own_so_that_it_never_shows_documents_of_the_other_format() -> None:
    for format_, other in (("ecs", "legacy"), ("legacy", "ecs")):
        time = index_pattern(board(format_)).attributes["timeFieldName"]
        assert time in DOCUMENTS[format_]
        assert time not in DOCUMENTS[other]


def test_the_boards_look_where_crashes_are_sent_by_default() -> None:
    assert {index_pattern(board(name)).attributes["title"] for name in FORMATS} == {Wanted().index_pattern}
    assert Wanted().prefix == DEFAULT_PREFIX


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_shown_over_time_has_the_time_of_the_time_picker(format_: str) -> None:
    over_time = {field for name, how, field in USED if name == format_ and how in {"date_histogram", "sort", "max"}}
    assert over_time == {index_pattern(board(format_)).attributes["timeFieldName"]}


def test_the_link_of_alerts_searches_by_fields_that_are_exact() -> None:
    assert fields_of_link() == ["kubernetes.namespace", "kubernetes.container.name"]
    assert {FIELDS[field] for field in fields_of_link()} == {"keyword"}
    assert set(fields_of_link()) <= set(names(DOCUMENTS["ecs"]))


def test_the_link_of_alerts_opens_the_boards_documents() -> None:
    opened = re.search(r"_a=\(index:'([^']*)'", defaults()["logsPath"])
    assert opened
    assert opened[1] == index_pattern(board("ecs")).id
