"""What goes wrong at Elasticsearch, as faults of the stand-in, and a weather in which all of it does at random."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from .search_stand_in import Asked, Course, Fault, StandIn

_MORE_THAN_WE_SEND = 16 * 2**20


def always(course: Course) -> Fault:
    """Every request goes that way."""
    return lambda _: course


def larger_than(most: int) -> Fault:
    """413 for bodies of more than so many bytes."""
    return lambda asked: Course(status=413) if len(asked.body) > most else None


def without(authorization: str) -> Fault:
    """401 for whoever does not send that header."""

    def fault(asked: Asked) -> Course | None:
        return None if asked.authorization == authorization else REFUSES_CREDENTIALS

    return fault


def forgets(asked: Asked) -> Course:
    """Says that all was taken, and takes nothing: no fault that a sidecar could notice."""
    ids = [json.loads(line)["create"]["_id"] for line in asked.body.split(b"\n")[:-1:2]]
    items = [{"create": {"_id": id_, "status": 201}} for id_ in ids]
    return Course(applied=False, body=json.dumps({"took": 1, "errors": False, "items": items}).encode())


REFUSES_CREDENTIALS = Course(status=401, type="security_exception")
LACKS_RIGHTS = Course(status=403, type="security_exception")
THROTTLED = Course(status=429, type="circuit_breaking_exception", retry_after=1)
UNAVAILABLE = Course(status=503)
RESETS_BEFORE = Course(applied=False, resets=True)
RESETS_AFTER = Course(resets=True)

_GARBAGE = (b"<html>welcome</html>", b'{"took":1}', b'{"items":[{"create":{}},7,null]}', b"\xff\xfe", b"{")


class Weather:
    """A share of all requests goes wrong, each in a way by chance. `seen` counts the ways."""

    def __init__(self, index: StandIn, random: Random, *, share: float = 0.6, most_bytes: int = _MORE_THAN_WE_SEND):
        self._random = random
        self._share = share
        self.seen: Counter[str] = Counter()
        self._index = index
        index.faults = [larger_than(most_bytes), self._fault]

    def clear(self) -> None:
        """From now on all goes well."""
        self._index.faults = []

    def _fault(self, _: Asked) -> Course | None:
        if self._random.random() >= self._share:
            return None
        way = self._random.choice(list(_WAYS))
        self.seen[way] += 1
        return _WAYS[way](self._random)


def _some(random: Random, status: int, type_: str) -> Course:
    """A third of the documents is not taken this time."""
    return Course(judge=lambda _: (status, type_) if random.random() < 1 / 3 else None)


def _some_and_a_reset(random: Random) -> Course:
    some = _some(random, 429, "es_rejected_execution_exception")
    return Course(judge=some.judge, resets=True)


_WAYS: Mapping[str, Callable[[Random], Course]] = {
    "429": lambda _: THROTTLED,
    "503": lambda _: UNAVAILABLE,
    "401": lambda _: REFUSES_CREDENTIALS,
    "403": lambda _: LACKS_RIGHTS,
    "reset before": lambda _: RESETS_BEFORE,
    "reset after": lambda _: RESETS_AFTER,
    "some 429": lambda random: _some(random, 429, "es_rejected_execution_exception"),
    "some 503": lambda random: _some(random, 503, "unavailable_shards_exception"),
    "some 403": lambda random: _some(random, 403, "cluster_block_exception"),
    "some, then a reset": _some_and_a_reset,
    "garbage after": lambda random: Course(body=random.choice(_GARBAGE)),
    "slow": lambda random: Course(seconds=random.uniform(0.0, 0.3)),
}


def figures(weather: Weather) -> dict[str, Any]:
    """What a test tells of it."""
    return {"requests_that_went_wrong": weather.seen.total(), "ways": len(weather.seen)}
