"""What is wrong between settings that are right by themselves. Pure."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from kubevigil.app.errors import Fault

_CREDENTIALS: Final = ("username", "api_key", "bearer_token", "aws_region")


def contradictions(values: Mapping[str, Any], sources: Mapping[str, str]) -> list[Fault]:
    """The faults among `values` (by field); `sources` tells where a setting (by key) was given, if it was."""
    return [
        *_ignored_namespaces(values, sources),
        *_credentials(values, sources),
        *_rights(values, sources),
    ]


def _ignored_namespaces(values: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[Fault]:
    for name in values["namespaces"]:
        for glob in values["ignore_namespaces"]:
            if fnmatchcase(name, glob):
                advice = f"ignore_namespaces has {glob!r}; take it out of one"
                yield Fault("namespaces", sources["namespaces"], name, advice)


def _credentials(values: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[Fault]:
    given = [f"elasticsearch.{name}" for name in _CREDENTIALS if values[f"elasticsearch_{name}"]]
    for other in given[1:]:
        yield Fault(other, sources[other], None, f"{given[0]} is given too; one of them signs a request: take one out")
    if values["elasticsearch_aws_service"] != "es" and not values["elasticsearch_aws_region"]:
        key = "elasticsearch.aws_service"
        yield Fault(key, sources[key], None, "elasticsearch.aws_region belongs to it and is not given")
    user, password = bool(values["elasticsearch_username"]), bool(values["elasticsearch_password"])
    if user != password:
        there, missing = ("username", "password") if user else ("password", "username")
        key = f"elasticsearch.{there}"
        yield Fault(key, sources[key], None, f"elasticsearch.{missing} belongs to it and is not given")


def _rights(values: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[Fault]:
    if values["namespaces"] and values["checks_rbac"] == "cluster":
        advice = "namespaces names some, and rights in these are all that can be given: take one out, or set namespace"
        yield Fault("checks.rbac", sources["checks.rbac"], "cluster", advice)
