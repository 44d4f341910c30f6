"""No built-in pattern can be made slow: what is repeated without a bound gives nothing back."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

from kubevigil.crashes import redaction
from kubevigil.crashes.redaction import innocence
from kubevigil.crashes.redaction.vendors import SHAPES

parser = importlib.import_module("re._parser")
op = importlib.import_module("re._constants")

MUCH = 64
"""Repeats that may be given back one by one; more of them only where the text is short anyhow."""


def built_in() -> Iterator[tuple[str, str]]:
    for module in pkgutil.iter_modules(redaction.__path__):
        for name, value in vars(importlib.import_module(f"{redaction.__name__}.{module.name}")).items():
            for pattern in value.values() if isinstance(value, dict) else (value,):
                if isinstance(pattern, re.Pattern):
                    yield f"{module.name}.{name}", pattern.pattern
    for vendor, shapes in SHAPES.items():
        for letters, shape in shapes.items():
            yield f"{vendor} {letters}", shape


def given_back(tree: object, within: int = 1) -> Iterator[int]:
    """For each repeat that may give back: the most ways in which it, in others such, can divide a text."""
    for code, argument in tree:  # type: ignore[attr-defined]
        if code in {op.MAX_REPEAT, op.MIN_REPEAT}:
            least, most, inner = argument
            ways = within * (int(most) - int(least) + 1)
            yield ways
            yield from given_back(inner, ways)
        elif code is op.POSSESSIVE_REPEAT:
            yield from given_back(argument[2], within)
        elif code is op.ATOMIC_GROUP:
            yield from given_back(argument, within)
        elif code is op.SUBPATTERN:
            yield from given_back(argument[-1], within)
        elif code is op.BRANCH:
            for branch in argument[1]:
                yield from given_back(branch, within)
        elif code in {op.ASSERT, op.ASSERT_NOT}:
            yield from given_back(argument[1], within)


def worst(pattern: str) -> int:
    return max(given_back(parser.parse(pattern)), default=0)


@pytest.mark.parametrize(("name", "pattern"), [p for p in built_in() if not p[0].startswith("innocence.")])
def test_no_pattern_that_searches_a_text_can_divide_it_in_many_ways(name: str, pattern: str) -> None:
    assert worst(pattern) <= MUCH, name


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"a*b", r"(?:a{1,10}){1,10}", r"(?:x|a{0,65})"])
def test_the_check_refuses_what_can_blow_up(pattern: str) -> None:
    assert worst(pattern) > MUCH


@pytest.mark.parametrize(
    "value",
    [
        "v1-" * 40,
        "a/" * 60,
        "env" * 40,
        "1s" * 60,
        "a." * 60,
        "x" * 120,
        "/a" * 60,
        "aError" * 20,
        "$" * 120,
        "a-" * 60 + "!",
    ],
)
def test_judging_a_short_value_takes_few_steps(value: str) -> None:
    for judge in (
        innocence.stands_for_nothing,
        innocence.is_path,
        innocence.is_quantity,
        innocence.is_plain_word,
        innocence.is_object_name,
        innocence.looks_random,
    ):
        assert judge(value) in {True, False}  # an exponential pattern would never come to this
