"""Every setting, declared once: its field here is its name, type, default, allowed values and help.

One rule names it elsewhere: key `a.b_c` = flag `--a-b-c` = environment `KUBEVIGIL_A_B_C` = field `a_b_c`. `sources`
fills the fields, `docs/settings.md` and the flags' help are written from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kubevigil.app import kinds, kinds_checks, kinds_elasticsearch
from kubevigil.app.declaring import Key, Surroundings, declared_in, key
from kubevigil.app.secret import Secret

_SYSTEM_STATE: Final = Path("/var/lib/kubevigil")


def _state_directory(surroundings: Surroundings) -> Path:
    """Where a user's state belongs (XDG Base Directory Specification 0.8: a relative path there is ignored)."""
    env = surroundings.env
    base, home = env.get("XDG_STATE_HOME", ""), env.get("HOME", "")
    if base.startswith("/"):
        return Path(base, "kubevigil")
    return Path(home, ".local", "state", "kubevigil") if home.startswith("/") else _SYSTEM_STATE


def _log_format(surroundings: Surroundings) -> str:
    return "text" if surroundings.is_terminal else "json"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, valid. Durations are in seconds; an empty tuple or text means "not given"."""

    kubeconfig: str = key(
        kinds.FILE,
        "how to reach the cluster",
        "",
        default_words="`$KUBECONFIG`, else the pod's own account when in a cluster, else `~/.kube/config`",
    )
    context: str = key(
        kinds.TEXT, "which context of the kubeconfig to use", "", default_words="the kubeconfig's current one"
    )
    cluster_name: str = key(
        kinds.NAME, "the cluster's name in records; a new name is a new cluster to the store", "default"
    )
    namespaces: tuple[str, ...] = key(
        kinds.NAMESPACES,
        "watch these namespaces only, one watch each; no cluster-wide right is needed then",
        (),
        default_words="all of them, in one watch",
    )
    ignore_namespaces: tuple[str, ...] = key(
        kinds.GLOBS, "namespaces that are not observed at all", (), default_words="none"
    )
    ignore_containers: tuple[str, ...] = key(
        kinds.GLOBS, "containers that are not observed at all", (), default_words="none"
    )
    listen: str = key(kinds.ADDRESS, "where to serve /metrics, /healthz and /readyz", ":8080")
    web_config_file: str = key(
        kinds.FILE,
        "TLS and passwords for that port, in the format of the Prometheus exporter-toolkit (docs/web-config.md)",
        "",
        group="web",
        default_words="none: plain HTTP for everybody",
    )
    data_dir: Path = key(  # noqa: RUF009  a Path is immutable
        kinds.DIRECTORY,
        "where the SQLite store is kept; a local disk, not a network file system",
        _SYSTEM_STATE,
        default_in=_state_directory,
        default_words=(
            "`$XDG_STATE_HOME/kubevigil`, else `~/.local/state/kubevigil`, without a home `/var/lib/kubevigil`"
        ),
    )
    store: Secret = key(  # noqa: RUF009  a Secret is immutable
        kinds.STORE_URL,
        "the store as a URL (sqlite, mysql, mariadb, postgresql), instead of data_dir; one with a password by "
        "environment or file only",
        Secret("", shown=""),
        default_words="SQLite in `data_dir`",
    )
    baseline_window: float = key(
        kinds.duration("0s", "1d"),
        "with an empty store, report deaths that are at most this old; older ones are only known",
        600.0,
    )
    pods_info: str = key(
        kinds.choice("unwell", "all"), "which pods get a kubevigil_pod_info series", "unwell", group="pods"
    )
    workloads_series_limit: int = key(
        kinds.count(1, 1_000_000),
        "how many series of workload counters there may be; what is beyond goes to an overflow series",
        10_000,
        group="workloads",
    )
    workloads_retention: float = key(
        kinds.duration("1h", "365d"),
        "how long a workload's counters stay after its last pod is gone",
        7 * 86_400.0,
        group="workloads",
    )
    records_retention: float = key(
        kinds.duration("1h", "3650d"), "how long a crash's record is kept", 30 * 86_400.0, group="records"
    )
    records_limit: int = key(
        kinds.count(100, 10_000_000),
        "how many records are kept; those between the first and the latest crash of a container go first, oldest first",
        100_000,
        group="records",
    )
    records_log_limit: int = key(
        kinds.size("1MiB", "1TiB"),
        "how much of the store the texts of crash logs may take, compressed; those between the first and the latest "
        "crash of a container go first, the oldest of them before others",
        256 * 2**20,
        group="records",
    )
    capture: str = key(
        kinds.choice("auto", "on", "off"),
        "whether to read the logs of containers that crashed; without the right to it, auto records that, and on fails "
        "`/readyz` too",
        "auto",
    )
    redaction_disabled: tuple[str, ...] = key(
        kinds.DETECTOR_NAMES,
        "detectors of secrets that are not used (docs/redaction.md)",
        (),
        group="redaction",
        default_words="none: all are used",
    )
    redaction_patterns: tuple[kinds.Pattern, ...] = key(
        kinds.PATTERNS, "more secrets to take out of logs and messages", (), group="redaction", default_words="none"
    )
    elasticsearch_hosts: tuple[str, ...] = key(
        kinds_elasticsearch.HOSTS,
        "the Elasticsearch or OpenSearch that `kubevigil ship` sends crashes to; `kubevigil run` needs it too, to keep "
        "what is not sent yet",
        (),
        group="elasticsearch",
        default_words="none: crashes are not sent",
    )
    elasticsearch_username: str = key(
        kinds.TEXT, "a user there, for basic authentication", "", group="elasticsearch", default_words="none"
    )
    elasticsearch_password: Secret = key(  # noqa: RUF009  a Secret is immutable
        kinds_elasticsearch.SECRET,
        "that user's password",
        Secret("", shown=""),
        group="elasticsearch",
        default_words="none",
    )
    elasticsearch_api_key: Secret = key(  # noqa: RUF009  a Secret is immutable
        kinds_elasticsearch.SECRET,
        "an API key, encoded as Elasticsearch gives it, instead of a user",
        Secret("", shown=""),
        group="elasticsearch",
        default_words="none",
    )
    elasticsearch_bearer_token: Secret = key(  # noqa: RUF009  a Secret is immutable
        kinds_elasticsearch.SECRET,
        "a bearer token, instead of a user",
        Secret("", shown=""),
        group="elasticsearch",
        default_words="none",
    )
    elasticsearch_aws_region: str = key(
        kinds_elasticsearch.REGION,
        "sign requests for AWS, for the region of that domain or collection, instead of a user; who signs is found as "
        "by AWS's own tools (docs/elasticsearch.md)",
        "",
        group="elasticsearch",
        default_words="none: requests are not signed for AWS",
    )
    elasticsearch_aws_service: str = key(
        kinds.choice("es", "aoss"),
        "what is signed for: a domain of Amazon OpenSearch Service, or a collection of OpenSearch Serverless",
        "es",
        group="elasticsearch",
    )
    elasticsearch_ca_file: str = key(
        kinds.FILE,
        "certificates (PEM) that its certificate is verified by",
        "",
        group="elasticsearch",
        default_words="those that Python's requests brings",
    )
    elasticsearch_index: str = key(
        kinds_elasticsearch.INDEX,
        "what the names of the daily indices begin with; the day, as YYYY.MM.DD, follows",
        "k8s-crash-monitor-",
        group="elasticsearch",
    )
    elasticsearch_retention: float = key(
        kinds.duration("1d", "3650d"),
        "how long `kubevigil elasticsearch setup` has the indices kept",
        90 * 86_400.0,
        group="elasticsearch",
    )
    elasticsearch_replicas: int = key(
        kinds.count(0, 10), "replicas of each index, for `kubevigil elasticsearch setup`", 1, group="elasticsearch"
    )
    document_format: str = key(
        kinds.choice("ecs", "legacy"),
        "the documents' shape: ECS, or the eight fields of kubernetes-pod-monitor",
        "ecs",
        group="document",
    )
    ship_listen: str = key(
        kinds.ADDRESS, "where `kubevigil ship` serves /metrics, /healthz and /readyz", ":8081", group="ship"
    )
    healthchecks: str = key(
        kinds.choice("auto", "on", "off"),
        "whether to run HealthCheck resources as Argo workflows; auto does so in a pod whose account may list them, on "
        "fails `/readyz` where the cluster knows none",
        "auto",
    )
    checks_url_hosts: tuple[str, ...] = key(
        kinds_checks.HOSTS,
        "hosts that workflows of health checks may come from (`source.url`), by https; `*.example.org` for all below",
        (),
        group="checks",
        default_words="none: such checks are refused",
    )
    checks_templates_dir: str = key(
        kinds.TEXT,
        "the folder in which `source.file` of health checks is looked for",
        "",
        group="checks",
        default_words="none: such checks are refused",
    )
    checks_workflow_namespaces: tuple[str, ...] = key(
        kinds.NAMESPACES,
        "namespaces in which a workflow may run whose check is in another",
        (),
        group="checks",
        default_words="none: workflows run in the namespace of their check",
    )
    checks_service_accounts: tuple[str, ...] = key(
        kinds_checks.ACCOUNTS,
        "service accounts as which workflows of checks may run; with it a workflow that can hide one is refused",
        (),
        group="checks",
        default_words="any of the namespace",
    )
    checks_rbac: str = key(
        kinds.choice("off", "namespace", "cluster"),
        "whether service accounts and roles are made for checks (`rbacRules`): none, those of a namespace, or those of "
        "`level: cluster` too; only rights that the exporter's own role holds",
        "off",
        group="checks",
    )
    checks_instance_id: str = key(
        kinds_checks.INSTANCE_ID,
        "the instance id of the Argo controller, for workflows whose template has no labels",
        "activemonitor-workflows",
        group="checks",
    )
    checks_lease: str = key(
        kinds_checks.LEASE,
        "namespace/name of the Lease by which of several exporters one runs the health checks",
        "",
        group="checks",
        default_words="`kubevigil-healthchecks` in the pod's own namespace, else in `default`",
    )
    log_format: str = key(
        kinds.choice("json", "text"),
        "log lines for machines or for people",
        "json",
        default_in=_log_format,
        default_words="json; text when stderr is a terminal",
    )
    log_level: str = key(kinds.choice("debug", "info", "warning", "error"), "the least that is logged", "info")


KEYS: Final[Mapping[str, Key]] = declared_in(Settings)
"""Every setting by its key, in the order of their declaration."""


def shown(settings: Settings, of: Key) -> kinds.Shown:
    """A setting's value as anybody may see it."""
    value: kinds.Shown = of.kind.show(getattr(settings, of.field))
    return value
