"""Writes what the chart derives from its values.yaml, from the exporter's settings, and from the mixin."""
