"""An error of jsonnet's becomes the place in the mixin and the words."""

import pytest

from kubevigil.bundle.traces import explained


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("RUNTIME ERROR: bad\n\ta.libsonnet:3:6-17\tobject <anonymous>\n\trender:1:1-25\t\n", "a.libsonnet:3: bad"),
        ("RUNTIME ERROR: bad\n\trender:5:1-25\t\n\ta.libsonnet:(3:1)-(4:2)\tfunction <f>\n", "a.libsonnet:3: bad"),
        ("RUNTIME ERROR: bad\n\tb.libsonnet:9:1\t\n\ta.libsonnet:3:1\t\n", "b.libsonnet:9: bad"),
        ("RUNTIME ERROR: field does not exist: x\n\trender:5:1-25\t\n", "field does not exist: x"),
        ("RUNTIME ERROR: one\ntwo\n\ta.libsonnet:3:1\t\n", "a.libsonnet:3: one\ntwo"),
        ('STATIC ERROR: a.libsonnet:1:6: unexpected: "}"\n', 'a.libsonnet:1: unexpected: "}"'),
        ("STATIC ERROR: a.libsonnet:(1:6)-(2:3): odd\n", "a.libsonnet:1: odd"),
        ("something else", "something else"),
    ],
    ids=["runtime", "several lines of code", "innermost", "no place", "two lines", "static", "static block", "unknown"],
)
def test_an_error_is_told_with_the_innermost_place_in_the_mixin(text: str, told: str) -> None:
    assert explained(text, "render") == told
