"""The parts around an installation, to be taken away one after the other and brought back together."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from .cluster import Kubectl, component
from .installing import Release
from .whole_stage import Around, scale

_NOTHING: Final[Callable[[], object]] = tuple


class Step(NamedTuple):
    """What is done, and which check of the doctor is to say what of it."""

    take: Callable[[], object]
    check: str
    words: str


class Parts:
    """Of one release, and what is around it."""

    def __init__(self, kubectl: Kubectl, release: Release, around: Around) -> None:
        self._kubectl = kubectl
        self._release = release
        self._around = around

    def steps(self) -> Iterator[Step]:
        """Each leaves the next ones something to be asked of; what takes its time to be seen is awaited later."""
        home, there = self._release.kubectl, self._around
        ours = f"--selector=app.kubernetes.io/instance={self._release.name}"
        component("kill", "argo-workflows")  # told of when a workflow has waited for half a minute
        yield Step(lambda: home("delete", "prometheusrule", ours), "rules", "there is no PrometheusRule")
        yield Step(_NOTHING, "argo", "nobody has taken the workflow")
        yield Step(there.programs["node-exporter"].end, "series", "(from node-exporter)")
        yield Step(there.programs["kube-state-metrics"].end, "series", "(from kube-state-metrics)")
        yield Step(there.engine.kill, "elasticsearch", there.engine.url)
        yield Step(lambda: self._kubectl("delete", "clusterrolebinding", ours), "rights", "may not list pods")
        yield Step(lambda: home("delete", "alertmanagerconfig", ours), "alert-route", "nobody is told")
        yield Step(lambda: self._exporters(0), "exporter", "no pod")
        yield Step(_NOTHING, "scrape", "no target")
        yield Step(lambda: home("delete", "servicemonitor", ours), "service-monitor", "there is no ServiceMonitor")
        yield Step(_NOTHING, "rules-loaded", "none of our alerts")
        yield Step(lambda: scale(self._kubectl, "alertmanager", 0), "alertmanager", "does not answer")
        yield Step(_NOTHING, "alertmanagers", "knows no Alertmanager")
        yield Step(lambda: scale(self._kubectl, "prometheus", 0), "prometheus", "does not answer")

    def back(self) -> None:
        """All of them, but for what an upgrade of the release makes again; they need not be away."""
        for kind in ("prometheus", "alertmanager"):
            scale(self._kubectl, kind, 1)
        self._around.engine.kill()  # if it was not away
        self._around.engine.start()
        for program in self._around.programs.values():
            program.start()
        component("start", "argo-workflows")
        self._exporters(1)
        self._around.engine.until_answering()

    def _exporters(self, replicas: int) -> None:
        self._release.kubectl("scale", "deployment", self._release.fullname, f"--replicas={replicas}")
