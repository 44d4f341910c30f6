"""`python -m kubevigil.cli.pages DIRECTORY`: writes the documentation's generated pages there."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kubevigil.app import alerts_page, metrics_page, settings_page

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "alerts.md": alerts_page.page,
    "metrics.md": metrics_page.page,
    "settings.md": settings_page.page,
}
"""By file name what makes the page's text."""


def write(directory: Path) -> None:
    """Writes the pages into an existing directory."""
    for name, page in PAGES.items():
        (directory / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
