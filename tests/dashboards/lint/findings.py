"""What the rules find, and what is excused."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from tests.dashboards.boards import Board


class Finding(NamedTuple):
    """A rule, the panel or variable that it is about ('' for the whole dashboard), and what is wrong there."""

    rule: str
    place: str
    wrong: str


Rule = Callable[[Board], Iterator[tuple[str, str]]]
"""Place and what is wrong there, for each that is."""

_FIXED_JOB: Final = (
    "which job has a series is said once, in _config, for everybody: another test shows that each selector has it"
)
_ONE_INSTANCE: Final = "there is one exporter, and of the others all instances are wanted: by node, pod or namespace"
_ANY_SERIES: Final = "it counts which series are there, not what they say"
_BORN_WITH_FAULTS: Final = "the counter of a check begins with its first faults, which increase() does not see"

EXCLUDED: Final = {
    ("template-job-rule", ""): _FIXED_JOB,
    ("target-job-rule", ""): _FIXED_JOB,
    ("template-instance-rule", ""): _ONE_INSTANCE,
    ("target-instance-rule", ""): _ONE_INSTANCE,
    ("target-counter-agg-rule", "Which series are there"): _ANY_SERIES,
    ("target-counter-agg-rule", "Checks that tell metrics"): _BORN_WITH_FAULTS,
    ("target-counter-agg-rule", "Refused"): _BORN_WITH_FAULTS,
}
"""The reason for each rule that is not kept, everywhere or at one place."""


def is_excused(finding: Finding) -> bool:
    return (finding.rule, "") in EXCLUDED or (finding.rule, finding.place) in EXCLUDED
