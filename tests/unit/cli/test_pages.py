from pathlib import Path

import pytest

from kubevigil.app.settings import KEYS
from kubevigil.cli.pages import PAGES, write

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_in_docs_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_every_setting_is_on_the_page_with_its_flag_and_variable() -> None:
    page = PAGES["settings.md"]()
    for key in KEYS.values():
        assert f"| `{key.name}` | `{key.flag}` | `{key.variable}` |" in page


def test_pages_are_written_under_their_names(tmp_path: Path) -> None:
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(PAGES)
    assert (tmp_path / "metrics.md").read_text(encoding="utf-8") == PAGES["metrics.md"]()
