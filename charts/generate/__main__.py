"""`python -m charts.generate`: writes the chart's values.schema.json, the tables of its README, and files/."""

from charts.generate.pages import pages
from charts.generate.values import CHART

for name, text in pages().items():
    (CHART / name).parent.mkdir(parents=True, exist_ok=True)
    (CHART / name).write_text(text, encoding="utf-8")
