"""`docs/metrics.md`, written from the families themselves, so that it cannot differ from what a scrape shows."""

from collections.abc import Iterable, Sequence
from typing import Final

from kubevigil.healthchecks import custom_families, legacy
from kubevigil.healthchecks import families as healthchecks
from kubevigil.healthchecks.manifest import CHECK, REMEDY
from kubevigil.healthchecks.results import Result
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.text import Family
from kubevigil.model.pod import OWNER_ANNOTATION, SLACK_CHANNEL_ANNOTATION, ContainerType
from kubevigil.model.record import CRASHES, TerminationClass
from kubevigil.pods import families, ownership

_SECTIONS: Final[Sequence[tuple[str, str, Sequence[Family]]]] = (
    (
        "Containers and pods",
        (
            "What the API shows now. `restarts_total` is there for every container from its first sight; all else only for "
            "what is or was not well. A pod's series go with the pod."
        ),
        families.FAMILIES,
    ),
    (
        "What happened",
        (
            "Counted once each, kept in the store, so they survive pods and the exporter. A series is born with its first "
            "termination: `increase()` does not see that one, so compare with the series' absence as well."
        ),
        families.COUNTER_FAMILIES,
    ),
    (
        "Health checks",
        (
            "Served by the process that runs the checks; a check's series begin with it and go with it. "
            "[The page about them](healthchecks.md) says what the results mean. What a check tells as metrics "
            "[of its own](healthchecks.md#metrics-of-a-checks-own) has the labels `namespace` and `healthcheck_name`."
        ),
        (*(family for family in healthchecks.FAMILIES if family not in legacy.FAMILIES), *custom_families.FAMILIES),
    ),
    (
        "Health checks, by active-monitor's names",
        (
            "Names, types and help texts as they were, also where these are wrong: `healthcheck_starttime` and "
            "`healthcheck_finishedtime` are Unix times."
        ),
        legacy.FAMILIES,
    ),
    (
        "The exporter itself",
        "Beside these there are the usual `process_*` metrics.",
        selfmetrics.FAMILIES,
    ),
    (
        "The log sidecar",
        "`kubevigil ship` serves these on its own port, beside `process_*`.",
        selfmetrics.SIDECAR_FAMILIES,
    ),
)

_CLASSES: Final = {
    TerminationClass.ERROR: "ended with a code other than 0, or by a signal",
    TerminationClass.OOM: "killed for lack of memory",
    TerminationClass.START_ERROR: "was created and could not be started",
    TerminationClass.EXITED: "ended with 0 although it was to run for ever (restartPolicy Always)",
    TerminationClass.COMPLETED: "ended with 0 as it should",
    TerminationClass.GRACEFUL: "ended after its pod was deleted, its node shut down, or its Job's work was done",
    TerminationClass.EVICTED: "its pod was evicted or drained",
    TerminationClass.PREEMPTED: "its pod gave way to one of a higher priority",
    TerminationClass.LOST: "the kubelet lost its container",
    TerminationClass.UNSEEN: "counted, but its details were gone before they could be read",
    TerminationClass.UNKNOWN: "its pod failed for another reason",
}

_RESULTS: Final = ", ".join(f"`{result.value}`" for result in Result)


def page() -> str:
    """The page as Markdown."""
    parts = [
        "# Metrics\n",
        "Written by `make docs`. Names, labels and types are public: they change with a decision record only.\n",
    ]
    for title, text, members in _SECTIONS:
        parts += [f"## {title}\n", f"{text}\n", _table(("name", "type", "labels", "meaning"), map(_row, members))]
    parts += [
        "## Values of labels\n",
        "`container_type`: " + ", ".join(f"`{kind.value}`" for kind in ContainerType) + ".\n",
        (
            "`exit_code` of `kubevigil_workload_terminations_total`: 0, 1, 2, 126 to 143, 255 or `other`; of "
            "`kubevigil_container_last_termination_info` the code itself.\n"
        ),
        (
            "`workload` of `kubevigil_workload_terminations_total` is empty for kinds whose objects come and go (Job, Pod, "
            'bare ReplicaSet). Beyond `workloads.series_limit` series only the `class` is told, with `workload_kind="other"`.\n'
        ),
        (
            f"`owner` and `slack_channel` of `kubevigil_pod_owner_info` are the pod's own annotations `{OWNER_ANNOTATION}` and "
            f"`{SLACK_CHANNEL_ANNOTATION}` (of a Deployment: those of its pod template), empty where not given. `owner` is any text, "
            f"without control characters, in one line, cut at {ownership.OWNER_LENGTH} characters. `slack_channel` is a channel's name "
            f"(at most {ownership.CHANNEL_LENGTH} small letters of any script, digits, `-` or `_`; shown with its `#`, which may be left out) or its "
            "id (such as `C0123ABCD`); anything else counts as not given.\n"
        ),
        (
            "`result` of `kubevigil_sink_records_total`: `sent`, `duplicate` (it was there already), `retried` (not taken this "
            "time), `dead_letter` (refused for good). The `kubevigil_outbox_*` series are there where `elasticsearch.hosts` is given.\n"
        ),
        (
            f"`result` of `kubevigil_healthcheck_runs_total` and `kubevigil_healthcheck_remedy_runs_total`: {_RESULTS}. "
            f"`workflow` of active-monitor's metrics: `{CHECK}` or `{REMEDY}`.\n"
        ),
        "`class`:\n",
        _table(
            ("class", "crash", "meaning"),
            [(f"`{c}`", "yes" if c in CRASHES else "", _CLASSES[c]) for c in TerminationClass],
        ),
    ]
    return "\n".join(parts)


def _row(family: Family) -> tuple[str, ...]:
    return f"`{family.name}`", family.kind, ", ".join(f"`{label}`" for label in family.labels), family.help


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
