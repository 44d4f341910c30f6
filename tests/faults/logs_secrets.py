"""Secrets put wherever a crash leaves words: printed by containers, in termination messages, in Events.

And the search for them in what the exporter leaves behind. A secret counts as found where it stands whole, in any of
the forms that its line has it in; in texts that are read back, where six characters of its beginning or end stand.
"""

import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from kubevigil.demo.world import World
from tests.unit.crashes.redaction.planted import Planted, long_parts, planted

_A_POD = 90
_IN_A_MESSAGE = 5
_IN_EVENTS = 5
_BETWEEN = "----- next -----"
_MARKER = re.compile(r"\[REDACTED:\w+\]")


def plant(world: World, *, seed: int) -> list[Planted]:
    """Pods whose only container says all of these and crashes; the first ones of each in its message and in Events.

    All of them are such as the search finds in their own lines: some lines hold their secret in no form of its own.
    """
    every = [one for one in planted(seed) if parts_in(one.text, [one])]
    for start in range(0, len(every), _A_POD):
        of_pod = every[start : start + _A_POD]
        ref = world.create_pod(f"leaky-{start // _A_POD}", "shop")
        for one in of_pod[:_IN_EVENTS]:
            world.tell(ref, "Failed", one.text)
        message = _joined(of_pod[_IN_EVENTS : _IN_EVENTS + _IN_A_MESSAGE])
        world.crash(ref, "app", 3, log=_joined(of_pod).split("\n"), message=message)
    return every


def _joined(texts: Iterable[Planted]) -> str:
    return f"\n{_BETWEEN}\n".join(one.text for one in texts)


def whole_in(data: bytes, every: Iterable[Planted]) -> list[Planted]:
    """Those of which a secret stands in these bytes."""
    return [one for one in every if any(secret.encode() in data for secret in one.secrets)]


def parts_in(text: str, every: Iterable[Planted]) -> list[Planted]:
    """Those of which a secret, or its beginning or end, stands in a text that was redacted."""
    left = _MARKER.sub("|", text)
    return [one for one in every if any(part in left for secret in one.secrets for part in long_parts(secret))]


def raw_bytes(data: Path) -> bytes:
    """The files of the store as they lie, one after the other."""
    return b"".join(file.read_bytes() for file in sorted(data.iterdir()) if file.is_file())


def texts_in(data: Path) -> Iterator[str]:
    """Every text of a crash that a store holds: bodies inflated, messages, Events."""
    with closing(sqlite3.connect(f"file:{data}/kubevigil.db?mode=ro", uri=True)) as store:
        for (record,) in store.execute("SELECT record FROM kubevigil_crashes"):
            yield json.loads(record)["termination"]["message"]
        for body, events in store.execute("SELECT body, events FROM kubevigil_crash_logs"):
            yield zlib.decompress(body).decode()
            yield from (event["message"] for event in json.loads(events))
