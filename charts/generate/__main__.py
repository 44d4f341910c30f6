"""`python -m charts.generate`: writes the chart's values.schema.json and the tables of its README."""

from charts.generate.pages import pages
from charts.generate.values import CHART

for name, text in pages().items():
    (CHART / name).write_text(text, encoding="utf-8")
