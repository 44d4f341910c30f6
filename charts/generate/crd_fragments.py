"""The words of a CRD's schema: structural OpenAPI, and rules in CEL."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]


def mapping(description: str, properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    """An object of these fields; the API server drops others."""
    schema = {"type": "object", "description": description, "properties": dict(properties)}
    return {**schema, "required": list(required)} if required else schema


def text(description: str, longest: int | None = None) -> Schema:
    """A string. One that a rule matches a pattern against must be bounded: a rule's worst cost is counted."""
    return {"type": "string", "description": description} | ({"maxLength": longest} if longest else {})


def number(description: str) -> Schema:
    """A whole number."""
    return {"type": "integer", "description": description}


def moment(description: str) -> Schema:
    """A time of RFC 3339."""
    return {"type": "string", "format": "date-time", "description": description}


def rule(expression: str, message: str) -> Schema:
    """One rule, and what its violation says; for a schema, and to be merged by `with_rules`."""
    return {"rule": expression, "message": message}


def with_rules(schema: Schema, *rules: Schema) -> Schema:
    """The schema with rules for the value there, which are `self`."""
    return {**schema, "x-kubernetes-validations": list(rules)}
