"""Cron expressions of five fields, and the moments that they name on the clocks of a time zone.

The grammar is that of robfig/cron's standard parser, whose expressions the predecessor takes: lists, ranges, steps,
English names, `?` for `*`; `5/15` goes on to the field's end; day of month and day of week must both match where one of
them is a star (a step over a star is none), else either will do. Beyond it, 7 is Sunday as well.

Where clocks are turned, a time of day is one moment: of two the first, and one that is left out comes with the first
minute after the gap. Only what runs in every hour of the day runs in the hour that comes twice as well.
"""

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

_DAY: Final = 86_400
_MINUTE: Final = timedelta(minutes=1)
_FARTHEST: Final = 41 * 366
"""Days to look ahead: February 29 falls on a given day of the week after 40 years at the latest."""

_NUMBER: Final = re.compile(r"\+?[0-9]{1,9}")
_TIMES: Final = tuple(range(_DAY // 60))
"""The minutes of a day. Numbers are objects: those of `* * * * *` made anew would take 40 kB for each check."""

_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """The number that a text stands for. Raises ValueError."""
        if text.lower() in self.names:
            return self.names.index(text.lower()) + self.low
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{self.name} has {text!r} where a number is wanted")
        return int(text)


_MINUTES: Final = _Field("the minute", 0, 59)
_HOURS: Final = _Field("the hour", 0, 23)
_DAYS: Final = _Field("the day of month", 1, 31)
_MONTHS: Final = _Field(
    "the month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
)
_WEEKDAYS: Final = _Field("the day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
_SUNDAY: Final = 7
_STAR_END: Final = {_WEEKDAYS: 6}
"""A star or an open step over the days of the week ends with Saturday: Sunday has come first."""

FIELDS: Final = (_MINUTES, _HOURS, _DAYS, _MONTHS, _WEEKDAYS)


@dataclass(frozen=True, slots=True)
class Cron:
    """What an expression names: `times` are minutes of the day in order, weekdays count from Sunday, 0."""

    times: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    both: bool
    """Whether the day of month and the day of week must match, rather than one of them."""
    every_hour: bool
    zone: tzinfo = UTC

    def on(self, day: date) -> bool:
        """Whether the date is one of those wanted."""
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month and of_week if self.both else of_month or of_week

    def month_is_idle(self, day: date) -> bool:
        """Whether nothing is wanted in the date's month, but what clocks that are turned take over its edges."""
        return day.month not in self.months


def parse(fields: Sequence[str], zone: tzinfo = UTC) -> Cron:
    """Reads the five FIELDS. Raises ValueError with a text for people."""
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = (
        _values(text, field) for text, field in zip(fields, FIELDS, strict=True)
    )
    both = any_day or any_weekday
    if both and min(days) > max(_LONGEST_MONTHS[month - 1] for month in months):
        raise ValueError(f"no month of those wanted has a day {min(days)}")
    return Cron(
        times=tuple(sorted(_TIMES[hour * 60 + minute] for hour in hours for minute in minutes)),
        days=days,
        months=months,
        weekdays=frozenset(day % _SUNDAY for day in weekdays),
        both=both,
        every_hour=len(hours) == _HOURS.high + 1,
        zone=zone,
    )


def last(cron: Cron, now: float, since: int) -> int | None:
    """The last moment at or before `now` and not before `since`, if there is one. Unix seconds."""
    try:
        # Clocks that are turned back past midnight show a date again within the moments of the next.
        day = datetime.fromtimestamp(now, cron.zone).date() + timedelta(days=1)
        while _midnight(cron.zone, day + timedelta(days=1)) > since:
            moments = _moments(cron, day)
            if found := bisect_right(moments, now):
                return moments[found - 1] if moments[found - 1] >= since else None
            day = day.replace(day=1) if cron.month_is_idle(day) and day.day > 1 else day - timedelta(days=1)
    except (OverflowError, ValueError, OSError):  # a clock that is not of this age
        pass
    return None


def first(cron: Cron, now: float) -> int | None:
    """The first moment after `now`, if there is one within 40 years. Unix seconds."""
    try:
        day = datetime.fromtimestamp(now, cron.zone).date()
        end = day + timedelta(days=_FARTHEST)
        while day < end:
            moments = _moments(cron, day)
            if (found := bisect_right(moments, now)) < len(moments):
                return moments[found]
            last_day = monthrange(day.year, day.month)[1]
            idle = cron.month_is_idle(day) and day.day < last_day
            day = day.replace(day=last_day) if idle else day + timedelta(days=1)
    except (OverflowError, ValueError, OSError):  # as above
        pass
    return None


class _Plain(Sequence[int]):
    """The moments of a day of 24 hours; none is made before it is asked for."""

    def __init__(self, midnight: int, times: tuple[int, ...]) -> None:
        self._midnight = midnight
        self._times = times

    def __len__(self) -> int:
        return len(self._times)

    def __getitem__(self, index: int) -> int:  # type: ignore[override]  # bisect takes no slices
        return self._midnight + self._times[index] * 60


def _moments(cron: Cron, day: date) -> Sequence[int]:
    midnight, end = _midnight(cron.zone, day), _midnight(cron.zone, day + timedelta(days=1))
    if end - midnight != _DAY or _offset(cron.zone, midnight - 60) != _offset(cron.zone, midnight):
        return _turned(cron, midnight, end)
    return _Plain(midnight, cron.times) if cron.on(day) else ()


@lru_cache(maxsize=1024)
def _turned(cron: Cron, begin: int, end: int) -> tuple[int, ...]:
    """The moments of a day on which clocks are turned, minute by minute as they show them."""
    found = []
    before = _shown(cron.zone, begin - 60)
    for moment in range(begin, end, 60):
        wall = _shown(cron.zone, moment)
        again = wall.fold and not cron.every_hour
        if (_wanted(cron, wall) and not again) or (not cron.every_hour and _skipped(cron, before, wall)):
            found.append(moment)
        before = wall
    return tuple(found)


def _skipped(cron: Cron, before: datetime, after: datetime) -> bool:
    """Whether a wanted minute lies between two that follow each other."""
    missing = int((after.replace(tzinfo=None) - before.replace(tzinfo=None)) / _MINUTE) - 1
    naive = before.replace(tzinfo=None)
    return any(_wanted(cron, naive + _MINUTE * step) for step in range(1, missing + 1))


def _wanted(cron: Cron, wall: datetime) -> bool:
    time = wall.hour * 60 + wall.minute
    place = bisect_left(cron.times, time)
    return place < len(cron.times) and cron.times[place] == time and cron.on(wall.date())


def _shown(zone: tzinfo, moment: int) -> datetime:
    return datetime.fromtimestamp(moment, zone)


def _midnight(zone: tzinfo, day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _offset(zone: tzinfo, moment: int) -> timedelta | None:
    return zone.utcoffset(_shown(zone, moment))


def _values(text: str, field: _Field) -> tuple[frozenset[int], bool]:
    """The numbers that a field names, and whether there is a star among its items."""
    values: set[int] = set()
    star = False
    for item in filter(None, text.split(",")):
        numbers, any_value = _item(item, field)
        values.update(numbers)
        star = star or any_value
    if not values:
        raise ValueError(f"{field.name} is empty")
    return frozenset(values), star


def _item(item: str, field: _Field) -> tuple[range, bool]:
    span, *steps = item.split("/")
    begin, *ends = span.split("-")
    if len(steps) > 1 or len(ends) > 1:
        raise ValueError(f"{field.name} {item!r} is no number, range or step")
    star = begin in {"*", "?"}
    step = _Field("the step", 1, 0).number(steps[0]) if steps else 1
    high = _STAR_END.get(field, field.high)
    low = field.low if star else field.number(begin)
    if not star:
        high = field.number(ends[0]) if ends else max(low, high) if steps else low
    if step == 0 or not field.low <= low <= high <= field.high:
        raise ValueError(f"{field.name} {item!r} is not within {field.low} to {field.high}, in order, by steps of 1")
    return range(low, high + 1, step), star and step == 1
