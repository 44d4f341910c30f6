"""What is kept of a check's metrics as a text for the store, and read again with care: a bad row spoils no scrape."""

from collections.abc import Mapping

import msgspec

from kubevigil.healthchecks.custom_claims import Claims, Family
from kubevigil.healthchecks.custom_naming import is_name, refusal
from kubevigil.healthchecks.custom_parse import as_help
from kubevigil.healthchecks.custom_series import Kept, Series


def state_of(kept: Kept) -> str:
    """The text."""
    return msgspec.json.encode(kept).decode()


def kept_of(states: Mapping[str, str], claims: Claims) -> dict[str, Kept]:
    """All checks, by their uids, as their texts are; `claims`, which are empty, get their names.

    What cannot be read, and what cannot be shown together, is left out.
    """
    read: dict[str, Kept] = {}
    for uid in sorted(states):
        try:
            kept = msgspec.json.decode(states[uid], type=Kept)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        sound = tuple(series for series in kept.series if _is_sound(uid, series, claims))
        read[uid] = Kept(sound, kept.runs)
        claims.put(uid, read[uid])
    return read


def _is_sound(uid: str, series: Series, claims: Claims) -> bool:
    if not is_name(series.name) or refusal(series.name, series.kind) or series.help != as_help(series.help):
        return False
    counts = len(series.bounds) + 1 if series.kind == "histogram" else 0
    return len(series.counts) == counts and not claims.refusal(uid, series.name, Family(series.kind, series.help))
