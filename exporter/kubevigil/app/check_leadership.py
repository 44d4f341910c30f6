"""Who looks after HealthChecks: the exporter that holds their Lease, as far as one may see it."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from msgspec import Struct, field

from kubevigil.kube.election import LeaseSpec
from kubevigil.kube.errors import Forbidden, KubeError, NotFound
from kubevigil.kube.leases import Place
from kubevigil.model.clock import seconds_of

T = TypeVar("T")

LEASE: Final = "kubevigil-healthchecks"
ROLE_LABEL: Final = "kubevigil.io/lease"
ROLE: Final = "healthchecks"
"""On every lease of this kind, since an installation may name its own."""
OWN_NAMESPACE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

_API: Final = "/apis/coordination.k8s.io/v1"


class Api(Protocol):
    """What is needed of a `Connection`."""

    def get_json(self, path: str, shape: type[T], query: Mapping[str, str]) -> T:
        """The body of a GET. Raises KubeError."""


@dataclass(frozen=True, slots=True)
class Leader:
    """Who holds the lease, and where it is; `renewed_at` in Unix seconds."""

    holder: str
    place: str
    renewed_at: float


@dataclass(frozen=True, slots=True)
class Leadership:
    """The leader, if there is one; `unknown` says why nobody can tell."""

    leader: Leader | None = None
    unknown: str = ""


class _Name(Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class _Lease(Struct, frozen=True):
    metadata: _Name = field(default_factory=_Name)
    spec: LeaseSpec = field(default_factory=LeaseSpec)


class _Leases(Struct, frozen=True):
    items: list[_Lease] = field(default_factory=list)


def place_of(setting: str, *, environ: Mapping[str, str] = os.environ, own_namespace: Path = OWN_NAMESPACE) -> Place:
    """Where the lease is by the setting `checks.lease`: else in the pod's own namespace, else in `default`."""
    namespace, _, name = setting.rpartition("/")
    if not namespace:
        namespace = _own(own_namespace) or environ.get("POD_NAMESPACE", "default")
    return Place(namespace, name or LEASE)


def leadership(api: Api, setting: str, now: float, *, own_namespace: Path = OWN_NAMESPACE) -> Leadership:
    """Who looks after the checks at `now`: by the lease of the setting, of the pod's namespace, or of any.

    Of several exporters, each of which may watch namespaces of its own, it is the one that renewed last.
    """
    if "/" in setting or _own(own_namespace):
        place = place_of(setting, own_namespace=own_namespace)
        return _asked(lambda: _one(api, place), now)
    query = {"fieldSelector": f"metadata.name={setting}"} if setting else {"labelSelector": f"{ROLE_LABEL}={ROLE}"}
    return _asked(lambda: api.get_json(f"{_API}/leases", _Leases, query).items, now)


def _asked(read: Callable[[], Sequence[_Lease]], now: float) -> Leadership:
    try:
        leases = read()
    except NotFound:
        return Leadership()
    except Forbidden as error:
        return Leadership(unknown=f"may not {error.verb} {error.resource}")
    except KubeError as error:
        return Leadership(unknown=str(error))
    held = [leader for lease in leases if (leader := _leader(lease, now))]
    return Leadership(max(held, key=lambda leader: leader.renewed_at, default=None))


def _one(api: Api, place: Place) -> Sequence[_Lease]:
    return [api.get_json(f"{_API}/namespaces/{place.namespace}/leases/{place.name}", _Lease, {})]


def _leader(lease: _Lease, now: float) -> Leader | None:
    """Its holder, unless the lease has run out by our clock, which may differ by as long as it holds."""
    spec, renewed = lease.spec, seconds_of(lease.spec.renew_time)
    if not spec.holder_identity or renewed is None or now > renewed + 2 * (spec.lease_duration_seconds or 0):
        return None
    return Leader(spec.holder_identity, f"{lease.metadata.namespace}/{lease.metadata.name}", renewed)


def _own(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
