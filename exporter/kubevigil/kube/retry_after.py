"""How long a server asks us to wait."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 3600.0
"""Seconds. A wait beyond an hour is a mistake of some proxy; for monitoring it would be the same as an end."""


def seconds_to_wait(retry_after: str | None, date: str | None, now: float) -> float:
    """The seconds that the header `Retry-After` asks for; 0 for a missing or malformed one.

    The header is a number of seconds or an HTTP date (RFC 9110, 10.2.3). A date is compared with the server's own
    `Date` where it sent one, so that a wrong clock on either side does no harm; else with `now`, in Unix seconds.
    """
    if retry_after is None:
        return 0.0
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST)
    then = _unix(text)
    if then is None:
        return 0.0
    sent = _unix(date) if date else None
    return min(max(0.0, then - (now if sent is None else sent)), LONGEST)


def _unix(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
