"""What is wrong between settings that are right by themselves. Pure."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from kubevigil.app.errors import Fault

_CREDENTIALS: Final = ("username", "api_key", "bearer_token")


def contradictions(values: Mapping[str, Any], sources: Mapping[str, str]) -> list[Fault]:
    """The faults among `values` (by field); `sources` tells where a setting (by key) was given, if it was."""
    return [*_ignored_namespaces(values, sources), *_credentials(values, sources)]


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
    user, password = bool(values["elasticsearch_username"]), bool(values["elasticsearch_password"])
    if user != password:
        there, missing = ("username", "password") if user else ("password", "username")
        key = f"elasticsearch.{there}"
        yield Fault(key, sources[key], None, f"elasticsearch.{missing} belongs to it and is not given")
