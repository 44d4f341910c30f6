"""What two readings of a pod, and the answer between them, prove about a dead instance's log. Pure.

Nothing is called this instance's log that was not asked from its slot, stamped in its time, and confirmed afterwards.
"""

from typing import Final

from kubevigil.crashes.sifting import Sifted
from kubevigil.crashes.slot import Slot
from kubevigil.kube.errors import Forbidden, KubeError, NotFound, Refused
from kubevigil.model.record import CaptureResult

_BAD_REQUEST: Final = 400
_NOTHING_THERE: Final = (
    "not found",
    "is terminated",
    "is waiting to start",
    "is not available",
    "no logs available",
)
"""Words of the kubelet's refusals where it knows no such instance (any more): `previous terminated container "app" in
pod "a" not found`, and so on. Source: pkg/kubelet/kubelet_pods.go, the same from Kubernetes 1.20 to 1.35."""


def verdict(asked: Slot, sifted: Sifted, after: Slot) -> CaptureResult:
    """The result of an answer that was asked from slot `asked`, where the pod read afterwards shows slot `after`."""
    if after is Slot.GONE:
        return CaptureResult.GONE
    if after is not asked:
        return CaptureResult.SUPERSEDED
    if sifted.lines:
        return CaptureResult.OK
    if sifted.foreign:
        return CaptureResult.SUPERSEDED
    return CaptureResult.GONE if sifted.no_log else CaptureResult.EMPTY


def verdict_without_asking(slot: Slot) -> CaptureResult | None:
    """The result where the first reading already tells that there is nothing to ask for; None where there is."""
    return {Slot.GONE: CaptureResult.GONE, Slot.SUPERSEDED: CaptureResult.SUPERSEDED}.get(slot)


def verdict_of_error(error: KubeError) -> CaptureResult:
    """The result of a request that failed for good."""
    match error:
        case Forbidden():
            return CaptureResult.FORBIDDEN
        case NotFound():
            return CaptureResult.GONE
        case Refused(status=status, detail=detail) if status == _BAD_REQUEST and _says_nothing_is_there(detail):
            return CaptureResult.GONE
        case _:
            return CaptureResult.ERROR


def _says_nothing_is_there(detail: str) -> bool:
    return any(words in detail for words in _NOTHING_THERE)
