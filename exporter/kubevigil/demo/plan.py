"""What is asked for: a pod and its containers as somebody would declare them. Immutable, no behaviour.

Flows from the story or a test into `world`; `render` turns it into the pod's spec and metadata.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """Which list of the pod a container stands in; a sidecar is an init container that restarts Always."""

    APP = "app"
    INIT = "init"
    SIDECAR = "sidecar"


class PodRef(NamedTuple):
    """The name of a pod, unique at one moment; its uid is unique for ever."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """One container. `env` and `memory` only make the specification believable."""

    name: str
    image: str = "registry.example.com/shop/app:1.0.0"
    role: Role = Role.APP
    memory: str = "256Mi"
    command: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller of a pod: its kind, name and API group with version."""

    kind: str
    name: str
    api_version: str = "apps/v1"


@dataclass(frozen=True, slots=True)
class PodPlan:
    """One pod. Labels and annotations are what the controller would set."""

    ref: PodRef
    containers: tuple[ContainerPlan, ...] = (ContainerPlan("app"),)
    restart_policy: str = "Always"
    node: str = "node-1"
    owner: Owner | None = None
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
