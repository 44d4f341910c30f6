"""What promtool says of the rules: that they are well-formed, and that they do what rules/tests/ promises."""

from pathlib import Path

import pytest

from .promtool import Promtool, read
from .rendering import SOURCES, TESTS


@pytest.mark.parametrize("source", SOURCES)
def test_promtool_has_nothing_against_the_rules(promtool: Promtool, source: str) -> None:
    said = promtool.check(promtool.rendered / f"{source}.yaml")
    assert not said


@pytest.mark.parametrize("path", sorted(TESTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_rules_do_what_their_unit_tests_promise(promtool: Promtool, path: Path) -> None:
    said = promtool.test(read(path), path.stem)
    assert not said
