"""Units that Grafana knows, as far as anybody here needs them."""

from typing import Final

UNITS: Final = frozenset(
    {
        *("none", "string", "short", "percentunit"),
        *("bytes", "suffix:MiB", "binBps", "pps", "cps", "ops"),
        *("s", "dateTimeAsIso", "dateTimeFromNow"),
    }
)
"""Their ids; another one is shown as a word behind the number, without a warning."""
