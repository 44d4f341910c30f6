"""The site has every page, in its lists, and every link of a page leads somewhere, down to the heading."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from .commands import ROOT

SITE = ROOT / "docs" / "site"
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "charts/kubevigil/*.md", "rules/runbooks/*.md", "testbed/*.md")
    for path in ROOT.glob(pattern)
)


def _listed() -> Iterator[Path]:
    for page in SITE.glob("*.rst"):
        for entry in re.findall(r"^   (?:.+ <)?/([\w*/.-]+?)>?$", page.read_text(encoding="utf-8"), re.MULTILINE):
            yield from ROOT.glob(f"{entry}.md")


def test_every_page_is_in_a_list_of_the_site_once() -> None:
    assert Counter(_listed()) == Counter(PAGES)


def test_every_list_of_the_site_is_in_the_first() -> None:
    first = (SITE / "index.rst").read_text(encoding="utf-8")
    assert {page.stem for page in SITE.glob("*.rst")} - set(re.findall(r"^   (\w+)$", first, re.MULTILINE)) == {"index"}


def _prose(page: Path) -> str:
    return re.sub(r"^( *)```.*?^\1```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings: small letters, a hyphen for each blank, no punctuation."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *$", _prose(page), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_there_are(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", _prose(page)):
        if ":" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.is_file(), f"{target}: no such file (a folder is no page)"
        assert not anchor or anchor in _anchors(file), f"{target}#{anchor}: no such heading"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## On AWS", "on-aws"),
        ("### `crashes show ID`: all of one", "crashes-show-id-all-of-one"),
        ("## What is different, and why", "what-is-different-and-why"),
        ("## Metrics of a check's own", "metrics-of-a-checks-own"),
        ("## See [this](that.md)", "see-this"),
    ],
)
def test_headings_have_the_anchors_that_github_gives_them(tmp_path: Path, heading: str, anchor: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A\n{heading}\n```\n# not a heading\n```\n{heading}\n", encoding="utf-8")
    assert _anchors(page) == {"a", anchor, f"{anchor}-1"}
