"""The loop that stands for a Lease, so that of several processes one leads: what `election` says, done."""

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, NamedTuple, Protocol

from kubevigil.kube.connection import Connection
from kubevigil.kube.election import Election, Hold, Lease, Look, Pause, Rhythm
from kubevigil.kube.errors import Conflict, Interrupted, KubeError, NotFound
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.writing import Writer
from kubevigil.model.clock import Monotonic, Wall

_API: Final = "coordination.k8s.io/v1"
_RELEASE_TIMEOUT: Final = 2.0
"""Seconds for each request on the way out; a lease that is not released runs out by itself."""


class Place(NamedTuple):
    """Where the lease is."""

    namespace: str
    name: str


class Witness(Protocol):
    """Hears of the election, from the loop's thread."""

    def leads(self, yes: bool) -> None:
        """This process leads now, or does so no longer. A loss may be told late: `Candidate.leads` never lies."""

    def failed(self, error: KubeError) -> None:
        """The lease could not be read or written; another attempt will follow."""


class Candidate:
    """Stands for a lease as `identity`, which must be this process's alone.

    `run` belongs to one thread; `stop` may be called by any, and is for good: what a leader does must have ended by
    then. Needs the rights to get, create and patch leases. A lease that it makes gets the `labels`.
    """

    def __init__(
        self,
        connection: Connection,
        place: Place,
        identity: str,
        witness: Witness,
        *,
        monotonic: Monotonic,
        wall: Wall,
        random: Random,
        rhythm: Rhythm | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = connection
        self._place = place
        self._labels = dict(labels or {})
        self._witness = witness
        self._monotonic = monotonic
        self._wall = wall
        self._interrupt = Interrupt()
        self._election = Election(identity, random, rhythm)
        self._timeout = self._election.rhythm.renew / 2
        self._told = False

    def leads(self) -> bool:
        """Whether this process leads at this moment. Any thread may ask, and should before each thing that it does."""
        return self._election.leads(self._monotonic())

    def run(self) -> None:
        """Stands for the lease until `stop`, then gives it back. Raises only what the witness raises."""
        try:
            while not self._interrupt.fired:
                self._turn()
                self._tell()
        finally:
            self._release()
            self._tell()

    def stop(self) -> None:
        """Ends the run: a wait or a request under way at once, then at most some seconds to give the lease back."""
        self._interrupt.fire()

    def _turn(self) -> None:
        asked = self._monotonic()
        step = self._election.next(asked, self._stamp())
        try:
            match step:
                case Pause(seconds):
                    self._interrupt.wait(seconds)
                case Look():
                    self._election.saw(self._read(self._timeout, self._interrupt), self._monotonic())
                case Hold():
                    lease = self._write(step, Writer(self._connection, self._timeout, self._interrupt))
                    self._election.holds(lease, asked, self._monotonic())
        except Interrupted:
            return
        except Conflict:  # another was faster
            self._election.failed(self._monotonic())
        except KubeError as error:
            self._election.failed(self._monotonic())
            if not self._interrupt.fired:
                self._witness.failed(error)

    def _release(self) -> None:
        try:
            try:
                self._give_back()
            except Conflict:
                # Somebody put a label on it, or our own last renewal was made though its answer never came.
                self._election.saw(self._read(_RELEASE_TIMEOUT, None), self._monotonic())
                self._give_back()
        except KubeError as error:
            self._witness.failed(error)

    def _give_back(self) -> None:
        if last := self._election.resign(self._stamp()):
            self._write(last, Writer(self._connection, _RELEASE_TIMEOUT))

    def _tell(self) -> None:
        leads = self.leads()
        if leads is not self._told:
            self._told = leads
            self._witness.leads(leads)

    def _read(self, timeout: float, interrupt: Interrupt | None) -> Lease | None:
        try:
            return self._connection.get_json(self._path(), Lease, read_timeout=timeout, interrupt=interrupt)
        except NotFound:
            return None

    def _write(self, step: Hold, writer: Writer) -> Lease:
        if step.version:
            return writer.merge(self._path(), {"spec": step.spec}, Lease, version=step.version)
        metadata: dict[str, Any] = {"name": self._place.name, "namespace": self._place.namespace}
        if self._labels:
            metadata["labels"] = self._labels
        made = {"apiVersion": _API, "kind": "Lease", "metadata": metadata, "spec": step.spec}
        return writer.create(self._collection(), made, Lease)

    def _collection(self) -> str:
        return f"/apis/{_API}/namespaces/{self._place.namespace}/leases"

    def _path(self) -> str:
        return f"{self._collection()}/{self._place.name}"

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self._wall(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
