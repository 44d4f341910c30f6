"""The names of the metrics that checks tell: active-monitor's rule, made valid, and never a name of others.

A name is that of the check, with `_` for `-`, then `_` and the metric's own. What Prometheus does not allow in a name
becomes `_`. Source: active-monitor, `CreateDynamicPrometheusMetric`; Prometheus, "Metric names and labels".
"""

import re
from typing import Final

from kubevigil.healthchecks import legacy
from kubevigil.model.wording import one_line

LONGEST: Final = 200
"""Characters of a whole name. A longer one is refused: cut, two could become one."""

OWN: Final = "kubevigil_"
"""What the names of the exporter's own begin with."""

TAKEN: Final = frozenset(
    {
        *(family.name for family in legacy.FAMILIES),
        *("process_cpu_seconds_total", "process_max_fds", "process_open_fds", "process_resident_memory_bytes"),
        *("process_start_time_seconds", "process_virtual_memory_bytes"),
        *("scrape_body_size_bytes", "scrape_duration_seconds", "scrape_sample_limit"),
        *("scrape_samples_post_metric_relabeling", "scrape_samples_scraped", "scrape_series_added"),
        "scrape_timeout_seconds",
    }
)
"""Names that stand in a scrape of the exporter, or beside it in Prometheus.

Source of the last two groups: prometheus-client, `ProcessCollector`; Prometheus documentation, "Jobs and instances".
"""

HISTOGRAM_PARTS: Final = ("_bucket", "_sum", "_count")
"""What the samples of a histogram have after its name."""

_NAME: Final = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
_UNFIT: Final = re.compile("[^a-zA-Z0-9_]")
_LONGEST_QUOTE: Final = 60


def metric_name(check: str, name: str) -> str:
    """The name under which a check's metric is shown. A colon is for recording rules, so it becomes `_` too."""
    whole = _UNFIT.sub("_", f"{check}_{name}")
    return f"_{whole}" if whole[0].isdigit() else whole


def is_name(text: str) -> bool:
    """Whether it is a name as `metric_name` makes them."""
    return _NAME.fullmatch(text) is not None


def refusal(name: str, kind: str) -> str:
    """Why the name cannot be shown, in words that follow the metric; '' where it can."""
    if len(name) > LONGEST:
        return f"would have a name of more than {LONGEST} characters: shorten it, or the check's"
    if name.startswith(OWN):
        return f"would be called {name}, and {OWN}* is not for checks: rename the check"
    taken = min(sample_names(name, kind) & TAKEN, default="")
    return f"would be called {name}, and {taken} is not for checks: rename the metric" if taken else ""


def sample_names(name: str, kind: str) -> frozenset[str]:
    """All names that the metric's samples and headers have."""
    parts = HISTOGRAM_PARTS if kind == "histogram" else ()
    return frozenset({name, *(name + part for part in parts)})


def quoted(name: str) -> str:
    """What somebody called a metric, fit for a message."""
    return f'metric "{one_line(name, _LONGEST_QUOTE)}"'
