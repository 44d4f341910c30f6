"""When a health check is due: a function of its schedule and the clock, without memory.

A slot is a moment, in whole seconds, at which a run is wanted. The slots of a period lie on a grid that begins with the
check's creation, so they do not drift with how long runs take, and a new check is due at once. A cron expression is
what robfig/cron's standard parser takes, which the predecessor has: five fields, descriptors, `@every`, `CRON_TZ=`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kubevigil.healthchecks import cron, godurations
from kubevigil.healthchecks.cron import Cron

_DESCRIPTORS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY: Final = "@every "
_ZONE: Final = re.compile(r"(?:CRON_)?TZ=(\S*)\s+(.*)", re.DOTALL)
_HERE: Final = frozenset({"", "Local", "UTC"})
"""Names that Go has for the process's own time; containers have UTC."""

_WANTED: Final = (
    "wanted are minute, hour, day of month, month and day of week, as in '*/5 * * * *', "
    "or a descriptor such as '@hourly' or '@every 5m'"
)
_LONGEST: Final = 1000
"""Characters of an expression; one that lists all minutes has some 170."""


class BadSchedule(Exception):
    """A schedule that has no meaning; the text says what is wrong and what is right."""


@dataclass(frozen=True, slots=True)
class Never:
    """Stopped: neither a period nor a cron expression."""


@dataclass(frozen=True, slots=True)
class Every:
    """Each `seconds`, from the check's creation on."""

    seconds: int


Schedule = Never | Every | Cron


def schedule_of(repeat_after: int, expression: str) -> Schedule:
    """The schedule of a spec: the period where there is one, else the cron expression. Raises BadSchedule."""
    if repeat_after > 0:
        return Every(repeat_after)
    return _of_cron(expression.strip()) if expression.strip() else Never()


def latest(schedule: Schedule, created: int, now: float) -> int | None:
    """The last slot that is not in the future, None if there was none since the check's creation. Unix seconds."""
    match schedule:
        case Every(seconds):
            return None if now < created else created + int((now - created) // seconds) * seconds
        case Cron():
            return cron.last(schedule, now, created)
        case Never():
            return None


def following(schedule: Schedule, created: int, now: float) -> int | None:
    """The first slot in the future, None if there is none. Unix seconds."""
    match schedule:
        case Every(seconds):
            return created if now < created else created + (int((now - created) // seconds) + 1) * seconds
        case Cron():
            return cron.first(schedule, max(now, created - 1))
        case Never():
            return None


def interval(schedule: Schedule, created: int, now: float) -> float:
    """Seconds between the next two slots; 0 if there are no two."""
    if isinstance(schedule, Every):
        return schedule.seconds
    first = following(schedule, created, now)
    second = None if first is None else following(schedule, created, first)
    return 0 if first is None or second is None else second - first


@lru_cache(maxsize=256)
def _of_cron(text: str) -> Schedule:
    if len(text) > _LONGEST:
        raise BadSchedule(f"is longer than {_LONGEST} characters")
    zone: tzinfo = UTC
    if named := _ZONE.fullmatch(text):
        zone, text = _zone(named[1]), named[2].strip()
    if text.startswith(_EVERY):
        return _every(text.removeprefix(_EVERY).strip())
    if text.startswith("@"):
        if text not in _DESCRIPTORS:
            known = ", ".join((*_DESCRIPTORS, "@every 5m"))
            raise BadSchedule(f"{text!r} is no descriptor; there are {known}")
        text = _DESCRIPTORS[text]
    fields = text.split()
    if len(fields) != len(cron.FIELDS):
        raise BadSchedule(f"{text!r} has {len(fields)} fields; {_WANTED}")
    try:
        return cron.parse(fields, zone)
    except ValueError as error:
        raise BadSchedule(f"{text!r} is no cron expression: {error}; {_WANTED}") from error


def _every(text: str) -> Every:
    try:
        wanted = godurations.seconds_of(text)
    except ValueError as error:
        raise BadSchedule(f"'@every {text}': {error}") from error
    if wanted <= 0:
        raise BadSchedule(f"'@every {text}' is no time to wait; the shortest is 1s")
    return Every(max(1, int(wanted)))


def _zone(name: str) -> tzinfo:
    if name in _HERE:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = "UTC always is" if available_timezones() else "no time zone is but UTC: install the package tzdata"
        raise BadSchedule(f"the time zone {name!r} is not known here; {known}") from error
