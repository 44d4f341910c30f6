"""What came of health checks, remembered for the metrics and told as Events."""

import logging
from threading import Lock

from kubevigil.healthchecks.custom_events import event_of_faults
from kubevigil.healthchecks.custom_keeper import Keeper
from kubevigil.healthchecks.custom_parse import told_by
from kubevigil.healthchecks.events import Event, event_of
from kubevigil.healthchecks.families import render
from kubevigil.healthchecks.manifest import API_VERSION, KIND
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.portrait import Tally, portrait_of
from kubevigil.healthchecks.reconcile import Check, Decision, Finish, FinishRemedy
from kubevigil.healthchecks.remedy_events import remedy_event_of
from kubevigil.healthchecks.resources import Meta, WorkflowObject
from kubevigil.healthchecks.status import Status
from kubevigil.kube.errors import KubeError
from kubevigil.kube.events import EventRecorder, Occurrence, Subject
from kubevigil.model.clock import Monotonic, Wall

_log = logging.getLogger(__name__)

_FRESH = 5.0
"""Seconds for which a rendering is good enough: it changes with the clock too."""


class Diary:
    """The controller's witness. Thread-safe."""

    def __init__(
        self, picture: Picture, recorder: EventRecorder, keeper: Keeper, *, wall: Wall, monotonic: Monotonic
    ) -> None:
        self._picture = picture
        self._recorder = recorder
        self._keeper = keeper
        self._wall = wall
        self._monotonic = monotonic
        self._lock = Lock()
        self._tallies: dict[str, Tally] = {}
        self._text = b""
        self._rendered: float | None = None

    def ended(self, check: Check, workflow: WorkflowObject) -> None:
        """A run of the check has ended: what it told as metrics is kept before its outcome is written."""
        if check.status.started_at is None:
            return
        told = told_by(workflow.status.outputs, workflow.status.nodes)
        faults = self._keeper.took(check.meta, check.status.started_at, told)
        if told.metrics or faults:
            with self._lock:
                self._rendered = None
        if (event := event_of_faults(faults)) is not None:
            self._tell(check.meta, event)

    def done(self, check: Check, decision: Decision) -> None:
        """A decision on the check, as it was before, has been carried out."""
        if isinstance(decision, Finish | FinishRemedy):
            with self._lock:
                tally = self._tallies.get(check.meta.uid, Tally())
                self._tallies[check.meta.uid] = _after(tally, check.status, decision)
                self._rendered = None
        for event in (event_of(decision, check.status), remedy_event_of(decision)):
            if event is not None:
                self._tell(check.meta, event)

    def text(self) -> bytes:
        """The families of health checks, and what checks told as metrics of their own, in the text format."""
        now = self._monotonic()
        with self._lock:
            if self._rendered is None or now - self._rendered > _FRESH:
                checks = self._picture.checks()
                self._tallies = {c.meta.uid: self._tallies.get(c.meta.uid, Tally()) for c in checks}
                wall = self._wall()
                self._text = render(
                    portrait_of(check, self._tallies[check.meta.uid], wall, self._picture.last_success(check))
                    for check in checks
                ) + self._keeper.text(check.meta for check in checks)
                self._rendered = now
            return self._text

    def _tell(self, meta: Meta, event: Event) -> None:
        subject = Subject(API_VERSION, KIND, meta.namespace, meta.name, meta.uid)
        try:
            self._recorder.record(subject, Occurrence(event.reason, event.message, event.kind == "Warning"))
        except KubeError as error:
            fields = {"namespace": meta.namespace, "healthcheck": meta.name, "error": str(error)}
            _log.info("event not recorded", extra={"fields": fields})


def _after(tally: Tally, status: Status, decision: Finish | FinishRemedy) -> Tally:
    """`status` is that before, in which the run is under way."""
    if isinstance(decision, FinishRemedy):
        began = status.remedy_triggered_at
        return tally if began is None else tally.after_remedy(decision.outcome, began)
    return tally if status.started_at is None else tally.after(decision.outcome, status.started_at)
