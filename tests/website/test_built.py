"""What `make site` built: it has every page, and asks nobody else for anything. Runs with KUBEVIGIL_SITE=1 only."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.docs.commands import ROOT
from tests.unit.docs.test_site import PAGES

SITE = ROOT / "build" / "site"
_LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "link": "href",
    "source": "src",
    "video": "src",
    "object": "data",
}
_LINKS_ONLY = {"canonical", "next", "prev", "search", "index"}


class _Loaded(HTMLParser):
    """What a browser fetches by itself, and the anchors that links lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _LOADS and given.get("rel") not in _LINKS_ONLY:
            self.addresses.append(given.get(_LOADS[tag], ""))
        if tag == "a":
            self.links.append(given.get("href", ""))
        if "id" in given:
            self.ids.add(given["id"])


def _read(page: Path) -> _Loaded:
    loaded = _Loaded()
    loaded.feed(page.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def pages() -> dict[Path, _Loaded]:
    return {page.resolve(): _read(page) for page in SITE.rglob("*.html")}


def test_every_page_is_on_the_site(pages: dict[Path, _Loaded]) -> None:
    assert [page for page in PAGES if (SITE / page.relative_to(ROOT)).with_suffix(".html").resolve() not in pages] == []
    assert SITE.resolve() / "index.html" in pages


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, _Loaded]) -> None:
    elsewhere = {address for page in pages.values() for address in page.addresses if "//" in address}
    assert elsewhere == set()


def test_no_style_loads_anything_from_elsewhere() -> None:
    styles = list(SITE.rglob("*.css"))
    assert styles
    assert [style for style in styles if "url(http" in style.read_text(encoding="utf-8").replace('"', "")] == []
    assert [style for style in styles if "@import" in style.read_text(encoding="utf-8")] == []


def test_every_link_on_the_site_leads_to_a_file_and_a_place_of_it(pages: dict[Path, _Loaded]) -> None:
    broken = []
    for page, loaded in pages.items():
        for link in loaded.links:
            target, _, anchor = link.partition("#")
            if ":" in target or page.name in {"genindex.html", "search.html"}:
                continue
            file = (page.parent / target).resolve() if target else page
            if not file.is_file() or (anchor and file in pages and anchor not in pages[file].ids):
                broken.append((str(page.relative_to(SITE.resolve())), link))
    assert broken == []
