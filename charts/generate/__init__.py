"""Writes what the chart derives from its values.yaml and from the exporter's settings."""
