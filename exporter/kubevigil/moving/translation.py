"""The predecessor's settings in our words: our settings, our chart's values, and a remark for each. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from kubevigil.moving.predecessor import Predecessor
from kubevigil.moving.remarks import Remark, Step, changed, left, taken
from kubevigil.moving.translation_chart import chart
from kubevigil.moving.translation_elasticsearch import elasticsearch
from kubevigil.moving.translation_slack import slack

_CHART_DECIDES: Final = frozenset({"kubeconfig", "listen"})
"""Settings that our chart sets itself; its values take none."""

_LEVELS: Final = {"DEBUG": "debug", "INFO": "info"}

_LEFT: Final = {
    "check_interval": "Kubevigil watches the API server instead of asking now and then",
    "max_retries": "a crash is recorded once, whether its log can be read or not; the record says why not",
    "max_parallelism": "eight threads read logs, whatever the number of pods",
    "max_crashlog_length": "the last 256 KiB of at most 2,000 lines are kept of each log",
    "sql.connection_lifetime": "the store is a file",
    "sql.table_name": "only `--mysql` needs it, and takes it from here",
}


class Plan(Struct, frozen=True):
    """Settings and chart values as nested maps, and what became of everything that was given."""

    settings: dict[str, Any]
    values: dict[str, Any]
    remarks: tuple[Remark, ...]


def steps(given: Predecessor) -> Iterator[Step]:
    """One for each thing that was given, and for the defaults of theirs that differ from ours."""
    yield from _basics(given)
    yield from elasticsearch(given)
    yield from slack(given)
    yield from _database(given)
    yield from (left(given.names[key], why) for key, why in _LEFT.items() if key in given.names)
    yield from chart(given.release)
    yield from (left(name, "kubernetes-pod-monitor does not know it either") for name in given.strange)


def plan(many: Iterable[Step]) -> Plan:
    """All the steps together."""
    settings: dict[str, Any] = {}
    values: dict[str, Any] = {}
    remarks: list[Remark] = []
    for step in many:
        settings |= step.settings
        values |= {f"config.{key}": value for key, value in step.settings.items() if key not in _CHART_DECIDES}
        values |= step.values
        remarks += step.remarks
    return Plan(_nested(settings), _nested(values), tuple(remarks))


def _basics(given: Predecessor) -> Iterator[Step]:
    cluster = given.values["cluster_name"]
    name = given.names.get("cluster_name")
    why = "" if name else "not given, so its rows are under its own default"
    yield taken(name or "CLUSTER_NAME", "cluster_name", why, settings={"cluster_name": cluster})
    if given.is_local:
        file = f"config/{cluster}.yml"
        why = "the same file, by its path; in a cluster nothing is to be set"
        yield changed(given.names.get("deploy_env", "DEPLOY_ENV"), "kubeconfig", why, settings={"kubeconfig": file})
    elif "deploy_env" in given.names:
        yield left(given.names["deploy_env"], "in a cluster the pod's own account is found")
    if "server.port" in given.names:
        why = "/health there is /healthz (the process) and /readyz (its peers) here; the chart's port is service.port"
        address = f":{given.values['server.port']}"
        yield changed(given.names["server.port"], "listen", why, settings={"listen": address})
    if "log.level" in given.names:
        level = _LEVELS.get(given.values["log.level"], "error")
        yield taken(given.names["log.level"], "log_level", settings={"log_level": level})


def _database(given: Predecessor) -> Iterator[Step]:
    names = given.gave("sql.host", "sql.port", "sql.username", "sql.dbname")
    if names:
        why = f"a file on a volume, which needs a storage class; for its history: --mysql {mysql_url(given.values)}"
        yield changed(names, "persistence.enabled", why, values={"persistence.enabled": True})
    if "sql.password" in given.names:
        yield left(given.names["sql.password"], "a secret; with this file given too, --mysql signs in with it")


def mysql_url(values: Mapping[str, str]) -> str:
    """The address of their database, as `--mysql` takes it."""
    return f"mysql://{values['sql.username']}@{values['sql.host']}:{values['sql.port']}/{values['sql.dbname']}"


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    top: dict[str, Any] = {}
    for path, value in flat.items():
        *groups, last = path.split(".")
        inner = top
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[last] = value
    return top
