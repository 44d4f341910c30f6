"""Ports to ask: an exporter's of a simulated cluster, or bare ones, in this process."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubevigil.app.port import Port
from kubevigil.app.routes import Check, Checks
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.selfmetrics import SelfMetrics
from tests.api.running import Running, until
from tests.api.tls_peer import Authority

AUTHORITY = Authority()
SERIES = b'kubevigil_build_info{version="1"} 1\n'


class Ports:
    """What answers on loopback: an exporter of a simulated cluster, or a bare port with `checks`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stops: list[Any] = []

    def exporter(self, web: Mapping[str, Any] | None = None) -> str:
        """One that is ready, with such a web configuration; its URL."""
        cluster = SimulatedCluster(seed=1)
        running = Running(cluster.start(), self._folder / "exporter", web_config_file=self._web(web))
        self._stops += [running.stop, cluster.stop]
        until(lambda: all(check.ok for check in running._exporter._readiness()))
        return running.url

    def port(self, *checks: Check, series: bytes = SERIES) -> str:
        """The URL of one with these checks for ready."""
        return self._serve(lambda: checks, series)

    def starting(self) -> str:
        """The URL of one that is ready from the second question on."""
        asked = itertools.count()
        return self._serve(lambda: [Check("pods", ok=next(asked) > 0, detail="not listed")], SERIES)

    def stop(self) -> None:
        for stop in self._stops:
            stop()

    def _serve(self, ready: Checks, series: bytes) -> str:
        metrics = SelfMetrics(version="1", families=selfmetrics.SIDECAR_FAMILIES)
        own = Port("127.0.0.1:0", "", Exposition((), lambda: series), metrics, ready=ready, healthy=tuple)
        self._stops.append(lambda: own.stop(1))
        return own.start()

    def _web(self, config: Mapping[str, Any] | None) -> str:
        if config is None:
            return ""
        file = self._folder / "web.yml"
        certificate = AUTHORITY.certificate("vigil-kubevigil.monitoring.svc", "other.test")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(self._folder / "tls.pem"))
        (self._folder / "ca.pem").write_bytes(AUTHORITY.pem)
        file.write_text(json.dumps(config), encoding="utf-8")
        return str(file)
