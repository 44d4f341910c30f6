"""Which pods and containers are observed at all."""

import fnmatch
import re
from collections.abc import Iterable

from kubevigil.model.pod import ContainerStatus, ContainerType, Pod, containers_of


class Selection:
    """Globs of namespaces and containers to leave out, and the annotation `kubevigil.io/ignore: "true"`."""

    def __init__(self, *, ignore_namespaces: Iterable[str] = (), ignore_containers: Iterable[str] = ()) -> None:
        self._namespaces = _any_of(ignore_namespaces)
        self._containers = _any_of(ignore_containers)

    def admits(self, pod: Pod) -> bool:
        """Whether the pod is observed."""
        annotations = pod.metadata.annotations
        if annotations is not None and annotations.ignore == "true":
            return False
        return self._namespaces is None or self._namespaces.fullmatch(pod.metadata.namespace) is None

    def containers(self, pod: Pod) -> list[tuple[ContainerType, ContainerStatus]]:
        """The containers of an observed pod that are observed."""
        found = containers_of(pod)
        if self._containers is None:
            return found
        return [(kind, status) for kind, status in found if self._containers.fullmatch(status.name) is None]


def _any_of(globs: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [fnmatch.translate(glob) for glob in globs]
    return re.compile("|".join(patterns)) if patterns else None
