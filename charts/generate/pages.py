"""The chart's generated files."""

from collections.abc import Mapping

from charts.generate import crd, mixin, readme, schema, values
from charts.generate.shapes import SHAPES


def pages() -> Mapping[str, str]:
    """The files' text by name, as they should be."""
    read = values.read({**SHAPES, "config": {}})
    text = (values.CHART / "README.md").read_text(encoding="utf-8")
    return {
        "values.schema.json": schema.page(read),
        "README.md": readme.page(text, read),
        **mixin.files(),
        **crd.files(),
    }
