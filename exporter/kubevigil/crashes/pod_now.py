"""A pod as it is read at the moment of capture: the fields that tell whose log is where, and nothing else.

Source of names and meanings: Kubernetes API reference, core/v1 Pod.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from kubevigil.kube.errors import Undecodable
from kubevigil.kube.salvage import FAULTS
from kubevigil.model.pod import Annotations, ContainerStatus, PodStatus
from kubevigil.model.record import Resources

Quantity = str | int | float
"""The API sends text; a number, which it would accept, must not cost the log."""


class _Metadata(Struct, frozen=True, gc=False):
    uid: str = ""
    annotations: Annotations | None = None


class _Amounts(Struct, frozen=True, gc=False):
    cpu: Quantity | None = None
    memory: Quantity | None = None


class _Resources(Struct, frozen=True, gc=False):
    requests: _Amounts | None = None
    limits: _Amounts | None = None


class _Container(Struct, frozen=True, gc=False):
    name: str = ""
    resources: _Resources | None = None


class _Spec(Struct, frozen=True, gc=False, rename="camel"):
    containers: tuple[_Container, ...] | None = None
    init_containers: tuple[_Container, ...] | None = None
    ephemeral_containers: tuple[_Container, ...] | None = None


class PodNow(Struct, frozen=True, gc=False):
    """One reading of a pod."""

    metadata: _Metadata = _Metadata()
    spec: _Spec = _Spec()
    status: PodStatus = PodStatus()

    @property
    def redaction(self) -> str:
        """What its annotation asks of redaction, '' for nothing."""
        return (self.metadata.annotations and self.metadata.annotations.redaction) or ""

    def status_of(self, container: str) -> ContainerStatus | None:
        """The status of the container of that name, of whichever kind; None if it has none."""
        lists = (
            self.status.container_statuses,
            self.status.init_container_statuses,
            self.status.ephemeral_container_statuses,
        )
        return next((s for statuses in lists for s in statuses or () if s.name == container), None)

    def resources_of(self, container: str) -> Resources | None:
        """What the container asked for and may use; None if the pod declares no such container."""
        lists = (self.spec.containers, self.spec.init_containers, self.spec.ephemeral_containers)
        found = next((c for containers in lists for c in containers or () if c.name == container), None)
        if found is None:
            return None
        declared = found.resources or _Resources()
        requests, limits = declared.requests or _Amounts(), declared.limits or _Amounts()
        return Resources(*_texts((requests.cpu, limits.cpu, requests.memory, limits.memory)))


_POD: Final = msgspec.json.Decoder(PodNow)
"""Made here, by one thread: of threads that meet a new type together, msgspec 0.22 lets one read it half built."""


def decode_pod(body: bytes) -> PodNow:
    """The pod in the answer to a GET. Raises Undecodable."""
    try:
        return _POD.decode(body)
    except FAULTS as error:
        raise Undecodable(f"the answer to GET pod is not the pod that the API promises: {error}") from error


def _texts(quantities: Iterable[Quantity | None]) -> Iterable[str]:
    return ("" if quantity is None else str(quantity) for quantity in quantities)
