"""The settings of kubernetes-pod-monitor: their names in its file, its environment and its chart. Pure.

Its file's keys are compared without their case, and a variable goes before the file; an empty variable is none (viper).
So a chart's value that is empty leaves what the image's own file says. Source: its repository, commit 71f1cd8.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

IMAGE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deploy_env": "local",
        "cluster_name": "local-cluster",
        "server.port": "8080",
        "log.level": "INFO",
        "aws.region": "",
        "elasticsearch.url": "",
        "elasticsearch.dashboard": "",
        "elasticsearch.scheme": "https",
        "elasticsearch.port": "443",
        "elasticsearch.index": "k8s-crash-monitor-",
        "elasticsearch.buffer_size": "100",
        "elasticsearch.batch_size": "1",
        "elasticsearch.flush_seconds": "30",
        "elasticsearch.doc_type": "_doc",
        "elasticsearch.v7": "true",
        "check_interval": "15",
        "max_retries": "10",
        "max_parallelism": "30",
        "sql.connection_lifetime": "300",
        "sql.host": "127.0.0.1",
        "sql.port": "3306",
        "sql.username": "admin",
        "sql.password": "",
        "sql.dbname": "kubernetes_pod_monitor",
        "sql.table_name": "k8s_crash_monitor",
        "max_crashlog_length": "1000000",
        "slack.token": "",
        "slack.channel": "pod-crash-alerts",
        "slack.notify": "false",
    }
)
"""Every key, with what the file in its image says; placeholders of that file are ''."""

_CHART: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deployEnv": "deploy_env",
        "clusterName": "cluster_name",
        "aws.region": "aws.region",
        "elasticsearch.url": "elasticsearch.url",
        "elasticsearch.dashboard": "elasticsearch.dashboard",
        "elasticsearch.scheme": "elasticsearch.scheme",
        "elasticsearch.port": "elasticsearch.port",
        "elasticsearch.v7": "elasticsearch.v7",
        "sql.host": "sql.host",
        "sql.port": "sql.port",
        "sql.username": "sql.username",
        "sql.password": "sql.password",
        "sql.dbname": "sql.dbname",
        "slack.token": "slack.token",
        "slack.channel": "slack.channel",
        "slack.notify": "slack.notify",
    }
)
"""Paths below `config` in its chart's values."""

_CHART_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({"deploy_env": "release", "slack.notify": "true"})
"""Where the chart's defaults differ from the image's file."""

_VARIABLES: Final[Mapping[str, str]] = MappingProxyType({key.replace(".", "_").upper(): key for key in IMAGE})


class Given(Struct, frozen=True):
    """What one source gave: values by key, each with the name that it has there; `strange` are names that it ignores.

    `defaults` are those of the source, if they are not the image's. `release` is what a chart's values say besides.
    """

    values: Mapping[str, str]
    names: Mapping[str, str]
    strange: tuple[str, ...] = ()
    defaults: Mapping[str, str] = MappingProxyType({})
    release: Mapping[str, Any] = MappingProxyType({})


class Predecessor(Struct, frozen=True):
    """How an installation was set. `names` has the keys that somebody gave, each with its name there."""

    values: Mapping[str, str]
    names: Mapping[str, str]
    strange: tuple[str, ...] = ()
    release: Mapping[str, Any] = MappingProxyType({})

    def gave(self, *keys: str) -> str:
        """The names of those of the keys that were given, with commas between; '' for none."""
        return ", ".join(self.names[key] for key in keys if key in self.names)

    @property
    def is_local(self) -> bool:
        """Whether it ran with a kubeconfig, and did not sign its requests for AWS."""
        return self.values["deploy_env"] == "local"


def together(*sources: Given) -> Predecessor:
    """What the sources say, the later before the earlier, over the image's own file."""
    values = dict(IMAGE)
    for source in sources:
        values |= source.defaults
    names: dict[str, str] = {}
    release: dict[str, Any] = {}
    for source in sources:
        values |= source.values
        names |= source.names
        release |= source.release
    strange = tuple(dict.fromkeys(name for source in sources for name in source.strange))
    return Predecessor(values, names, strange, release)


def of_file(entries: Mapping[str, str]) -> Given:
    """From an application.yml: keys with dots."""
    known = {name: name.lower() for name in entries if name.lower() in IMAGE}
    return Given(
        {key: entries[name] for name, key in known.items()},
        {key: name for name, key in known.items()},
        tuple(name for name in entries if name not in known),
    )


def of_environment(variables: Mapping[str, str]) -> Given:
    """From environment variables; those that are none of its own are left alone."""
    known = {name: _VARIABLES[name] for name, text in variables.items() if name in _VARIABLES and text}
    return Given({key: variables[name] for name, key in known.items()}, {key: name for name, key in known.items()})


def of_chart(values: Mapping[str, Any]) -> Given:
    """From its chart's values; `env` there is environment, and everything outside of `config` is `release`."""
    config = dict(_flat(values.get("config") or {}))
    known = {path: _CHART[path] for path, text in config.items() if path in _CHART and text}
    given = Given(
        {key: config[path] for path, key in known.items()},
        {key: f"config.{path}" for path, key in known.items()},
        tuple(f"config.{path}" for path in config if path not in _CHART),
        _CHART_DEFAULTS,
        {name: value for name, value in values.items() if name not in {"config", "env"}},
    )
    more = of_environment(_env(values.get("env")))
    return Given(
        {**given.values, **more.values},
        {**given.names, **{key: f"env {name}" for key, name in more.names.items()}},
        given.strange,
        given.defaults,
        given.release,
    )


def is_chart(values: Mapping[str, Any]) -> bool:
    """Whether these are values of its chart: its application.yml has no map of any of these names."""
    return any(name in values for name in ("config", "replicaCount", "image", "serviceAccount", "env"))


def _flat(values: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items() if isinstance(values, Mapping) else ():
        path = f"{prefix}.{name}" if prefix else str(name)
        if isinstance(value, Mapping):
            yield from _flat(value, path)
        else:
            yield path, _text(value)


def _env(entries: Any) -> dict[str, str]:
    pairs = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    return {str(pair.get("name")): _text(pair.get("value")) for pair in pairs}


def _text(value: Any) -> str:
    """A value as its chart's template quotes it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
