"""The ledger: which deaths of a container are known already. Pure arithmetic on what the API shows.

Deaths so far = restartCount + 1 if the newest instance has ended. That number alone decides how many deaths are new:
the kubelet derives it from the containers it created, and on a real kubelet it was never wrong. The newest instance
has ended when the latest end carries the containerID that the status carries; in CrashLoopBackOff the count and the
containerID are still the dead instance's. An end without a containerID never adds a death, since containers that
never ran end that way too when their pod is deleted.

Details (exit code, times) come from `state` and `lastState`, which show two instances at the most and may be empty,
older than the predecessor, or go back. So a detail is recognised by its containerID, never by its ordinal; deaths
without one are `unseen`, and a detail that comes later completes them.

The caller drops observations that are older than one it has taken in (by resourceVersion); a repeated one is harmless.
"""

from typing import Final, NamedTuple

from msgspec import Struct

from kubevigil.model.clock import seconds_of
from kubevigil.model.pod import ContainerStatus, Terminated
from kubevigil.pods.classification import is_lost

_IDS_KEPT: Final = 16
"""How far back a lastState may go and still be recognised; two steps back were the most on a real kubelet."""

_UNSEEN_KEPT: Final = 16
"""Deaths without details that still wait for them; the API shows two ends at the most, so older ones never come."""

_MOST_AT_ONCE: Final = 20_000
"""New deaths between two observations that are believed: one a second for five hours, no back-off between them.

A number beyond that is damaged, and counting it one by one would cost all memory there is.
"""


class Known(Struct, frozen=True, gc=False, omit_defaults=True):
    """What is known of one container of one pod.

    `number` is the API's own count of deaths in this `epoch`; `ahead` says that one more was counted which the API's
    number does not show yet. `ids` and `unseen` are bounded, oldest first. `newest` is the latest finishedAt.
    """

    number: int = 0
    epoch: int = 0
    ahead: bool = False
    ids: tuple[str, ...] = ()
    unseen: tuple[int, ...] = ()
    newest: float = 0.0


class Death(NamedTuple):
    """One death. `end` is None for one without details; `completes` marks details for a death counted before."""

    epoch: int
    ordinal: int
    end: Terminated | None = None
    lost: bool = False
    completes: bool = False


NOTHING: Final = Known()


def deaths_so_far(status: ContainerStatus) -> int:
    """How many instances of the container have ended, by the API's own numbers."""
    end = latest_end(status)
    ended = end is not None and bool(end.container_id) and end.container_id == status.container_id
    return max(status.restart_count, 0) + int(ended)


def latest_end(status: ContainerStatus) -> Terminated | None:
    """The newest end that the status shows: the current instance's, else an earlier one's."""
    return _current(status) or _earlier(status)


def observe(known: Known, status: ContainerStatus, *, was_running: bool) -> tuple[Known, list[Death]]:
    """Takes in one observation: what is known afterwards, and the deaths that are new, oldest first.

    `was_running` says whether the observation before this one showed a running instance: if that one has now ended
    without a trace (no containerID, no rise of the number), one death is `lost`.
    """
    number = deaths_so_far(status)
    if not known.number <= number <= known.number + _MOST_AT_ONCE:
        return _new_epoch(known, status, number)
    fresh = _fresh_ends(known, status)
    new = number - known.number
    if not (new or fresh or was_running):
        return known, []
    unseen, ahead = known.unseen, known.ahead
    if new and ahead:
        new, ahead = new - 1, False
    late = max(len(fresh) - new, 0)
    deaths = _counted(known.epoch, number - new, new, fresh[late:], status)
    unseen += tuple(d.ordinal for d in deaths if d.end is None)
    completed = [
        Death(known.epoch, o, e, completes=True) for o, e in zip(reversed(unseen), reversed(fresh[:late]), strict=False)
    ]
    if was_running and not new and not ahead and number == known.number and _ended_without_a_trace(status):
        ahead = True
        deaths.append(Death(known.epoch, number + 1, lost=True))
        unseen += (number + 1,)
    done = {d.ordinal for d in completed}
    after = Known(
        number=number,
        epoch=known.epoch,
        ahead=ahead,
        ids=_remember(known.ids, fresh),
        unseen=tuple(o for o in unseen if o not in done)[-_UNSEEN_KEPT:],
        newest=_newest(known.newest, fresh),
    )
    return after, [*completed, *deaths]


def baseline(status: ContainerStatus, *, since: float) -> tuple[Known, list[Death]]:
    """Takes a container as it is found: its deaths are known, and only those that ended after `since` are reported.

    `since` is Unix time. For containers that existed before this store did.
    """
    number = deaths_so_far(status)
    ends = _fresh_ends(NOTHING, status)
    known = Known(number=number, ids=_remember((), ends), newest=_newest(0.0, ends))
    recent = [e for e in ends if (seconds_of(e.finished_at) or 0.0) >= since][-number:] if number else []
    return known, [Death(0, number - len(recent) + i + 1, end) for i, end in enumerate(recent)]


def _new_epoch(known: Known, status: ContainerStatus, number: int) -> tuple[Known, list[Death]]:
    """The number fell, as after a wiped runtime, or leapt beyond belief: only unknown deaths with details are new."""
    fresh = _fresh_ends(known, status)
    reported = fresh[-number:] if number else []
    epoch = known.epoch + 1
    after = Known(number=number, epoch=epoch, ids=_remember(known.ids, fresh), newest=_newest(known.newest, fresh))
    return after, [Death(epoch, number - len(reported) + i + 1, end) for i, end in enumerate(reported)]


def _counted(epoch: int, before: int, new: int, ends: list[Terminated], status: ContainerStatus) -> list[Death]:
    """`new` deaths after the first `before`; the latest get the details, the last one without any may be `lost`."""
    blind = new - len(ends)
    deaths = [Death(epoch, before + i + 1) for i in range(blind)]
    if blind and not ends and is_lost(latest_end(status)):
        deaths[-1] = deaths[-1]._replace(lost=True)
    return deaths + [Death(epoch, before + blind + i + 1, end) for i, end in enumerate(ends)]


def _fresh_ends(known: Known, status: ContainerStatus) -> list[Terminated]:
    """The ends with details that are not known yet, oldest first."""
    current, earlier = _current(status), _earlier(status)
    fresh: list[Terminated] = []
    if (
        earlier
        and earlier.container_id
        and earlier.container_id not in known.ids
        and not _is_stale(known, status, earlier)
    ):
        fresh.append(earlier)
    if current and current.container_id and current.container_id not in known.ids and current not in fresh:
        if earlier and earlier.container_id == current.container_id:
            fresh.clear()
        fresh.append(current)
    return fresh


def _is_stale(known: Known, status: ContainerStatus, earlier: Terminated) -> bool:
    """Whether lastState went back to an instance that died before the newest known one, and nothing waits for it."""
    if known.unseen or earlier.container_id == status.container_id:
        return False
    finished = seconds_of(earlier.finished_at)
    return finished is not None and finished < known.newest


def _ended_without_a_trace(status: ContainerStatus) -> bool:
    current = _current(status)
    return current is not None and not current.container_id


def _current(status: ContainerStatus) -> Terminated | None:
    return status.state.terminated if status.state else None


def _earlier(status: ContainerStatus) -> Terminated | None:
    return status.last_state.terminated if status.last_state else None


def _remember(ids: tuple[str, ...], ends: list[Terminated]) -> tuple[str, ...]:
    return (ids + tuple(e.container_id for e in ends if e.container_id))[-_IDS_KEPT:]


def _newest(before: float, ends: list[Terminated]) -> float:
    return max([before, *(seconds_of(e.finished_at) or 0.0 for e in ends)])
