"""Crash logs through the API server: read the pod, ask for the log, read the pod again, and only then believe it.

Needs `get` on `pods` and `pods/log`, and `list` on `events` for the Events; without the last there are none.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final
from urllib.parse import quote

from kubevigil.crashes.asking import Api, Asking, NotYet, OutOfTime
from kubevigil.crashes.assignment import Assignment
from kubevigil.crashes.events import events_of
from kubevigil.crashes.pod_now import PodNow, decode_pod
from kubevigil.crashes.sifting import Sifted, Sifter
from kubevigil.crashes.slot import Slot, slot_of
from kubevigil.crashes.source import Gathered
from kubevigil.crashes.verdict import verdict, verdict_of_error, verdict_without_asking
from kubevigil.crashes.window import window_of
from kubevigil.kube.errors import Interrupted, KubeError, NotFound
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic
from kubevigil.model.record import CaptureResult, Evidence, RecordedEvent, RecordedLog

TEXT_LIMIT: Final = 256 * 1024
"""Bytes of a log that are kept: its last."""

LEAD: Final = 16 * 1024
"""Bytes before them that the redaction gets to see; the longest private keys are some 13 KiB."""

TAIL_LINES: Final = 2_000
BRAKE: Final = 16 * 1024 * 1024
"""`limitBytes` counts from the start of the tail and so cuts the last words (97 of 97): where it bites, the answer is
thrown away and a tenth of the lines asked for."""

_ROUNDS: Final = 3
"""An instance that moved from one slot to the other between the two readings is asked for again, so often in all."""

_POD_LIMIT: Final = 8 * 1024 * 1024
_EVENTS_LIMIT: Final = 4 * 1024 * 1024
_EVENTS_LISTED: Final = 500


@dataclass(slots=True)
class _Case:
    """One crash while it is worked on: `pod` is the newest reading, `own_pod` the newest that was of the right pod."""

    assignment: Assignment
    asking: Asking
    pod: PodNow | None = None
    own_pod: PodNow = field(default_factory=PodNow)
    sifted: Sifted | None = None
    tail: int = TAIL_LINES

    @property
    def slot(self) -> Slot:
        a = self.assignment
        return slot_of(self.pod, uid=a.pod_uid, container=a.container, container_id=a.container_id)

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{quote(self.assignment.namespace)}/pods/{quote(self.assignment.pod)}"


class ApiSource:
    """A `LogSource`. Thread-safe. `random` scatters retries."""

    def __init__(self, api: Api, *, monotonic: Monotonic = clock.monotonic, random: Random | None = None) -> None:
        self._api = api
        self._clock = monotonic
        self._random = random or Random()  # noqa: S311  scatters retries, keeps no secret

    def gather(self, assignment: Assignment, *, deadline: float, interrupt: Interrupt) -> Gathered:
        """The log of the dead instance, or why there is none; the Events of its pod; its limits."""
        asking = Asking(self._api, self._clock, self._random, deadline=deadline, interrupt=interrupt)
        case = _Case(assignment, asking)
        result, why = self._result(case)
        events = () if result is CaptureResult.TIMEOUT else _events(case)
        return Gathered(
            Evidence(_log(result, case), events=events, resources=case.own_pod.resources_of(assignment.container)),
            redaction=case.own_pod.redaction,
            lead=case.sifted.lead if case.sifted else 0,
            why=why,
        )

    def _result(self, case: _Case) -> tuple[CaptureResult, str]:
        try:
            return self._capture(case), ""
        except OutOfTime as error:
            return CaptureResult.TIMEOUT, str(error)
        except Interrupted:
            raise
        except KubeError as error:
            result = verdict_of_error(error)
            return result, "" if result is CaptureResult.GONE else str(error)

    def _capture(self, case: _Case) -> CaptureResult:
        _read_pod(case)
        result = CaptureResult.SUPERSEDED
        for _ in range(_ROUNDS):
            asked = case.slot
            early = verdict_without_asking(asked)
            if early is not None:
                return early
            sifted = _read_log(case, previous=asked is Slot.PREVIOUS)
            _read_pod(case)
            case.sifted = sifted
            result = verdict(asked, sifted, case.slot)
            if case.slot is asked:
                break
        return result


def _log(result: CaptureResult, case: _Case) -> RecordedLog:
    """Text that was not proven to be this instance's goes no further."""
    if result is not CaptureResult.OK or case.sifted is None:
        return RecordedLog(result)
    truncated = case.sifted.cut or case.sifted.fills(case.tail)
    return RecordedLog(result, text=case.sifted.text, truncated=truncated)


def _read_pod(case: _Case) -> None:
    def attempt() -> PodNow | None:
        try:
            return decode_pod(case.asking.whole(case.path, {}, limit=_POD_LIMIT))
        except NotFound:
            return None

    case.pod = case.asking.insist(attempt)
    if case.pod and case.pod.metadata.uid == case.assignment.pod_uid:
        case.own_pod = case.pod


def _read_log(case: _Case, *, previous: bool) -> Sifted:
    """The answer to the widest question that is answered whole."""
    case.tail = TAIL_LINES
    while True:
        # A single line that is longer than the brake can only be had without it.
        brake = BRAKE if case.tail > 1 else 0
        sifted = _ask_for_log(case, previous=previous, brake=brake)
        if not brake or sifted.size < brake:
            return sifted
        case.tail = max(1, case.tail // 10)


def _ask_for_log(case: _Case, *, previous: bool, brake: int) -> Sifted:
    query = {"container": case.assignment.container, "tailLines": str(case.tail), "timestamps": "true"}
    query |= {"limitBytes": str(brake)} if brake else {}
    query |= {"previous": "true"} if previous else {}
    window = window_of(case.assignment.started_at, case.assignment.finished_at)
    asked = case.slot

    def attempt() -> Sifted:
        sifter = Sifter(window, limit=TEXT_LIMIT, lead=LEAD)
        try:
            case.asking.stream(f"{case.path}/log", query, sifter.feed)
        except NotFound as error:
            # A kubelet answers so for a second after its start, until it has heard of its pods.
            _read_pod(case)
            if case.slot is asked:
                raise NotYet(f"{error}, though the pod is there") from error
            raise
        return sifter.finish()

    return case.asking.insist(attempt)


def _events(case: _Case) -> tuple[RecordedEvent, ...]:
    """They explain, and nothing depends on them: one attempt, and none for whatever goes wrong."""
    a = case.assignment
    query = {
        "fieldSelector": f"involvedObject.name={a.pod},involvedObject.uid={a.pod_uid}",
        "limit": str(_EVENTS_LISTED),
    }
    try:
        body = case.asking.whole(f"/api/v1/namespaces/{quote(a.namespace)}/events", query, limit=_EVENTS_LIMIT)
    except Interrupted:
        raise
    except (KubeError, OutOfTime):
        return ()
    return events_of(body, a.pod_uid)
