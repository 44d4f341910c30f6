"""The page of promises names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = [row for row in PAGE.splitlines() if re.match(r"\| (?!promise \|)[^-]", row)]


def test_every_promise_is_shown_by_a_test_that_there_is() -> None:
    assert ROWS
    for row in ROWS:
        _, promise, proof, *_ = (cell.strip() for cell in row.split("|"))
        path, *tests = re.findall(r"`([\w./]+)`", proof)
        source = (ROOT / path).read_text(encoding="utf-8")
        assert tests, promise
        missing = [name for name in tests if not re.search(rf"^(?:def|class) {name}\b", source, re.MULTILINE)]
        assert missing == [], promise
