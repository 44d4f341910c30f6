"""`python -m kubevigil.cli.pages DIRECTORY`: writes the documentation's generated pages there."""

import sys
from collections.abc import Mapping
from pathlib import Path

from kubevigil.app import metrics_page, settings_page


def pages() -> Mapping[str, str]:
    """The generated pages by file name."""
    return {"metrics.md": metrics_page.page(), "settings.md": settings_page.page()}


def write(directory: Path) -> None:
    """Writes the pages into an existing directory."""
    for name, text in pages().items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
