"""Each dashboard is one that Grafana 10 to 13 reads, stays at its address, and leads on to what is there."""

import json
import re
from itertools import combinations
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.rules.rendering import ROOT

from .boards import LINKED, NAMES, Board, Panel, board, boards, texts

_LARGEST = 200_000
"""In bytes. `kubectl apply` keeps a copy in an annotation, which ends at 262,144."""

EVERY_COLUMN = "/.*/"

_TYPES = {"row", "stat", "timeseries", "table", "bargauge", "state-timeline"}
"""Panels that every Grafana has, and that can be drawn without one."""

_GRAFANAS = {"__url_time_range", "__value.raw", "datasource"}
_FIELD = re.compile(r'\$\{__data\.fields\["([^"]+)"\]\}')
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def tables(of: Board) -> list[Panel]:
    return [panel for panel in of.panels if panel.type == "table"]


def test_there_are_the_twelve_at_the_addresses_that_they_always_had() -> None:
    assert sorted(boards()) == [f"kubevigil-{name}" for name in NAMES]
    assert sorted(texts()) == [f"kubevigil-{name}.json" for name in NAMES]


def test_no_two_have_the_same_title_and_each_asks_one_question() -> None:
    assert len({each.raw["title"] for each in boards().values()}) == len(NAMES)
    for each in boards().values():
        assert re.fullmatch(r"[A-Z][^.?]*\?", each.raw["description"]), each.uid


@pytest.mark.parametrize("name", NAMES)
def test_it_is_in_the_classic_form_of_grafana_10_and_small_enough_for_a_configmap(name: str) -> None:
    found = board(name)
    assert found.raw["schemaVersion"] == 39
    assert {panel.type for panel in found.panels} <= _TYPES
    assert len(texts()[f"kubevigil-{name}.json"].encode()) < _LARGEST


@pytest.mark.parametrize("name", NAMES)
def test_ids_and_titles_of_panels_are_their_own(name: str) -> None:
    panels = board(name).panels
    assert len({panel.raw["id"] for panel in panels}) == len(panels)
    assert len({(panel.type == "row", panel.title) for panel in panels}) == len(panels)


@pytest.mark.parametrize("name", NAMES)
def test_panels_fit_on_the_grid_and_do_not_overlap(name: str) -> None:
    places = [panel.raw["gridPos"] for panel in board(name).panels]
    assert all(place["w"] >= 3 and place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


@pytest.mark.parametrize("name", NAMES)
def test_it_tells_which_of_its_sources_are_there(name: str) -> None:
    last_row = [panel for panel in board(name).panels if panel.type == "row"][-1]
    assert last_row.title == "Data sources present?"
    assert board(name).panels[-1].title == "Which series are there"


@pytest.mark.parametrize("name", NAMES)
def test_all_dashboards_are_one_menu(name: str) -> None:
    menu = board(name).raw["links"][0]
    assert (menu["type"], menu["tags"], menu["asDropdown"], menu["keepTime"]) == (
        "dashboards",
        ["kubevigil"],
        True,
        True,
    )
    assert menu["tags"][0] in board(name).raw["tags"]


@pytest.mark.parametrize("name", NAMES)
def test_a_link_leads_to_a_dashboard_that_is_there_and_sets_variables_that_it_has(name: str) -> None:
    for url in board(name).links():
        address = urlsplit(url)
        if address.netloc:
            assert address.netloc in {"runbooks.example", "logs.example"}
            continue
        there = boards()[address.path.removeprefix("/d/")]
        given = {key.removeprefix("var-") for key in parse_qs(address.query) if key.startswith("var-")}
        assert given <= set(there.variables), url


@pytest.mark.parametrize("name", NAMES)
def test_a_link_takes_from_its_row_or_its_dashboard_what_is_there(name: str) -> None:
    for panel in tables(board(name)):
        for _, properties in panel.overrides:
            for url in (each["url"] for each in properties.get("links", ())):
                assert set(_FIELD.findall(url)) <= set(panel.columns.values()), (panel.title, url)
    names = {name for url in board(name).links() for name in _VARIABLE.findall(_FIELD.sub("", url))}
    assert {name for name in names if not name.startswith("__from") and not name.startswith("__to")} <= {
        *_GRAFANAS,
        *board(name).variables,
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_column_is_said_of_one_that_is_shown(name: str) -> None:
    for panel in tables(board(name)):
        shown = set(panel.columns.values())
        assert {column for column, _ in panel.overrides} <= {*shown, EVERY_COLUMN}, panel.title
        assert {each["displayName"] for each in panel.raw["options"].get("sortBy", ())} <= shown, panel.title


@pytest.mark.parametrize("name", NAMES)
def test_what_a_table_says_when_it_is_empty_is_not_said_in_each_empty_cell(name: str) -> None:
    for panel in (each for each in tables(board(name)) if "noValue" in each.raw["fieldConfig"]["defaults"]):
        assert (EVERY_COLUMN, {"noValue": ""}) in panel.overrides, panel.title


@pytest.mark.parametrize("name", NAMES)
def test_every_value_that_a_table_asks_for_is_shown_or_brings_labels(name: str) -> None:
    for panel in tables(board(name)):
        values = ["Value"] if len(panel.targets) == 1 else [f"Value #{each.raw['refId']}" for each in panel.targets]
        stray = {each for each in panel.columns if each.startswith("Value")} - set(values)
        assert stray == set(), panel.title


def test_links_of_alerts_lead_to_dashboards_with_the_variables_that_they_set() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("**/*.libsonnet"))
    text = re.sub(r"'\s*\+\s*'", "", text)
    links = re.findall(r"'(/d/[^']+)'", text)
    assert len(links) >= 4
    for link in links:
        address = urlsplit(link)
        given = set(re.findall(r"var-(\w+)=", address.query))
        assert given <= set(boards()[address.path.removeprefix("/d/")].variables), link


def test_without_bases_no_link_leads_away() -> None:
    bare = [url for each in boards({}).values() for url in each.links()]
    assert bare
    assert [url for url in bare if not url.startswith("/d/")] == []
    away = {urlsplit(url).netloc for each in boards(LINKED).values() for url in each.links()}
    assert away == {"", "runbooks.example", "logs.example"}


def test_rendering_twice_gives_the_same_bytes_with_sorted_keys() -> None:
    for text in texts().values():
        assert json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n" == text


def test_the_page_has_every_dashboard_with_its_question() -> None:
    page = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `/d/([\w-]+)` \| ([^|?]*)", page, re.MULTILINE))
    assert set(rows) == set(boards())
    for uid, question in rows.items():
        asked = boards()[uid].raw["description"].removesuffix("?")
        assert question.startswith(asked), uid
