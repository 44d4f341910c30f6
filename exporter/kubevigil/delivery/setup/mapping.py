"""How the fields of both formats are indexed. Pure.

Nothing that is not named here is indexed (`dynamic: false`): what a newer version adds, or somebody else's document, is
kept and never refused, and no document makes the mapping grow.
"""

from typing import Any, Final

_LONGEST_KEYWORD: Final = 1_024
"""Characters; of longer ones, the field is kept and not indexed."""

KEYWORD: Final = {"type": "keyword", "ignore_above": _LONGEST_KEYWORD}
TEXT: Final = {"type": "text", "norms": False}
"""Without norms: no document is the better answer for being short."""

LONG: Final = {"type": "long"}
BOOLEAN: Final = {"type": "boolean"}
DATE: Final = {"type": "date", "format": "strict_date_optional_time||epoch_millis"}


def _object(**fields: Any) -> dict[str, Any]:
    return {"properties": fields}


_NAMED: Final = _object(name=KEYWORD)
_QUANTITIES: Final = _object(cpu_request=KEYWORD, cpu_limit=KEYWORD, memory_request=KEYWORD, memory_limit=KEYWORD)
_EVENTS: Final = _object(
    type=KEYWORD, reason=KEYWORD, message=TEXT, count=LONG, first_at=DATE, last_at=DATE, source=KEYWORD
)

_ECS: Final[dict[str, Any]] = {
    "@timestamp": DATE,
    "message": TEXT,
    "ecs": _object(version=KEYWORD),
    "event": _object(
        kind=KEYWORD,
        category=KEYWORD,
        type=KEYWORD,
        action=KEYWORD,
        module=KEYWORD,
        dataset=KEYWORD,
        outcome=KEYWORD,
        reason=KEYWORD,
        created=DATE,
        start=DATE,
        end=DATE,
        duration=LONG,
    ),
    "error": _object(message=TEXT),
    "process": _object(exit_code=LONG),
    "orchestrator": _object(type=KEYWORD, cluster=_NAMED),
    "kubernetes": _object(
        namespace=KEYWORD,
        pod=_object(name=KEYWORD, uid=KEYWORD),
        node=_NAMED,
        container=_NAMED,
        deployment=_NAMED,
        replicaset=_NAMED,
        statefulset=_NAMED,
        daemonset=_NAMED,
        job=_NAMED,
        cronjob=_NAMED,
    ),
    "container": _object(
        id=KEYWORD,
        runtime=KEYWORD,
        name=KEYWORD,
        image=_object(name=KEYWORD, hash=_object(all=KEYWORD)),
    ),
    "kubevigil": _object(
        **{"class": KEYWORD},
        id=KEYWORD,
        signal=KEYWORD,
        termination=_object(message=TEXT),
        container=_object(type=KEYWORD, restart_count=LONG),
        workload=_object(kind=KEYWORD, name=KEYWORD, revision=KEYWORD),
        log=_object(result=KEYWORD, bytes=LONG, truncated=BOOLEAN, dropped=BOOLEAN),
        events=_EVENTS,
        resources=_QUANTITIES,
    ),
}
_LEGACY: Final[dict[str, Any]] = {
    "namespace": KEYWORD,
    "pod_name": KEYWORD,
    "container_name": KEYWORD,
    "created_at": DATE,
    "cluster_name": KEYWORD,
    "logs": TEXT,
    "restart_count": LONG,
    "termination_state": TEXT,
}

MAPPINGS: Final[dict[str, Any]] = {"dynamic": "false", "properties": _ECS | _LEGACY}
