"""What the predecessor's chart says of its release, in our chart's values. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubevigil.moving.remarks import Step, left, taken

_TAKEN: Final = ("imagePullSecrets", "podAnnotations", "nodeSelector", "tolerations", "affinity")

_LEFT: Final = {
    "replicaCount": "one exporter is enough, and two would need a store that both reach",
    "image": "Kubevigil's own: image.registry",
    "nameOverride": "a release of its own name stands beside the old one until that is taken away",
    "fullnameOverride": "a release of its own name stands beside the old one until that is taken away",
    "serviceAccount": "the chart makes one with fewer rights than the role `view` gave",
    "podSecurityContext": "the chart's own passes Pod Security `restricted`",
    "securityContext": "the chart's own passes Pod Security `restricted`",
    "service": "a ClusterIP on port 8080: service.port",
    "resources": "sized for another program; the chart has its own",
}


def chart(release: Mapping[str, Any]) -> Iterator[Step]:
    """A step for each value that says anything."""
    for name, value in release.items():
        if value in ({}, [], "", None):
            continue
        if name in _TAKEN:
            yield taken(name, name, values={name: value})
        else:
            yield left(name, _LEFT.get(name, "its chart does not know it either"))
