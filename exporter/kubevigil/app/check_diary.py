"""What came of health checks, remembered for the metrics and told as Events."""

import logging
from threading import Lock

from kubevigil.healthchecks.events import event_of
from kubevigil.healthchecks.families import render
from kubevigil.healthchecks.manifest import API_VERSION, KIND
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.portrait import Tally, portrait_of
from kubevigil.healthchecks.reconcile import Check, Decision, Finish
from kubevigil.kube.errors import KubeError
from kubevigil.kube.events import EventRecorder, Occurrence, Subject
from kubevigil.model.clock import Monotonic, Wall

_log = logging.getLogger(__name__)

_FRESH = 5.0
"""Seconds for which a rendering is good enough: it changes with the clock too."""


class Diary:
    """The controller's witness. Thread-safe."""

    def __init__(self, picture: Picture, recorder: EventRecorder, *, wall: Wall, monotonic: Monotonic) -> None:
        self._picture = picture
        self._recorder = recorder
        self._wall = wall
        self._monotonic = monotonic
        self._lock = Lock()
        self._tallies: dict[str, Tally] = {}
        self._text = b""
        self._rendered: float | None = None

    def done(self, check: Check, decision: Decision) -> None:
        """A decision on the check, as it was before, has been carried out."""
        if isinstance(decision, Finish) and check.status.started_at is not None:
            with self._lock:
                tally = self._tallies.get(check.meta.uid, Tally())
                self._tallies[check.meta.uid] = tally.after(decision.outcome, check.status.started_at)
                self._rendered = None
        event = event_of(decision, check.status)
        if event is None:
            return
        meta = check.meta
        subject = Subject(API_VERSION, KIND, meta.namespace, meta.name, meta.uid)
        try:
            self._recorder.record(subject, Occurrence(event.reason, event.message, event.kind == "Warning"))
        except KubeError as error:
            fields = {"namespace": meta.namespace, "healthcheck": meta.name, "error": str(error)}
            _log.info("event not recorded", extra={"fields": fields})

    def text(self) -> bytes:
        """The families of health checks, in the text format."""
        now = self._monotonic()
        with self._lock:
            if self._rendered is None or now - self._rendered > _FRESH:
                checks = self._picture.checks()
                self._tallies = {c.meta.uid: self._tallies.get(c.meta.uid, Tally()) for c in checks}
                wall = self._wall()
                self._text = render(
                    portrait_of(check, self._tallies[check.meta.uid], wall, self._picture.last_success(check))
                    for check in checks
                )
                self._rendered = now
            return self._text
