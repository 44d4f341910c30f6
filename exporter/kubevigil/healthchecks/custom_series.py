"""What is kept of the metrics of checks."""

from msgspec import Struct

from kubevigil.healthchecks.custom_parse import Kind


class Series(Struct, frozen=True):
    """A metric of one check as it is shown. `run` is the Unix second of the latest run that told it.

    `value` is a gauge's or a counter's, and the sum of a histogram, which has in `counts` its observations by the first
    of `bounds` that they did not exceed, the rest last.
    """

    name: str
    kind: Kind
    help: str
    run: int
    value: float
    bounds: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()


class Kept(Struct, frozen=True):
    """What there is of one check: its series by name, and its latest runs, the last one last."""

    series: tuple[Series, ...] = ()
    runs: tuple[int, ...] = ()
