"""The two exporters as their users start them, pointed at the replaying API server."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kubevigil.demo.kubeconfig import write_kubeconfig
from tests.perf.measured import Measured
from tests.ports import free_port

EIGHT_FAMILIES: Final = (
    "kube_pod_container_status_restarts_total",
    "kube_pod_container_status_waiting_reason",
    "kube_pod_container_status_terminated_reason",
    "kube_pod_container_status_last_terminated_reason",
    "kube_pod_container_status_last_terminated_exitcode",
    "kube_pod_status_phase",
    "kube_pod_status_reason",
    "kube_pod_info",
)
"""Those of kube-state-metrics that answer what ours answer."""

LIKE_FOR_LIKE: Final = (f"--metric-allowlist={','.join(EIGHT_FAMILIES)}", "--enable-gzip-encoding")


def kubevigil(folder: Path, api_server: str, arguments: Sequence[str] = ()) -> Measured:
    """`kubevigil run`, its store in `folder`, nothing else changed but what `arguments` say."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "kubevigil", "run", f"--kubeconfig={write_kubeconfig(folder, api_server)}"),
        *(f"--data-dir={folder / 'data'}", f"--listen=127.0.0.1:{port}", "--cluster-name=bench", *arguments),
    ]
    # Settings come from the environment too.
    return Measured(command, port, folder / "log", {"PATH": os.environ["PATH"]})


def kube_state_metrics(
    folder: Path, api_server: str, binary: Path, arguments: Sequence[str] = LIKE_FOR_LIKE
) -> Measured:
    """kube-state-metrics for pods; without arguments all their families of pods, and no gzip, as it ships."""
    port = free_port()
    command = [
        *(str(binary), f"--kubeconfig={write_kubeconfig(folder, api_server)}", "--resources=pods"),
        *("--host=127.0.0.1", f"--port={port}", "--telemetry-host=127.0.0.1", f"--telemetry-port={free_port()}"),
        *arguments,
    ]
    return Measured(command, port, folder / "log", {"PATH": os.environ["PATH"]})
