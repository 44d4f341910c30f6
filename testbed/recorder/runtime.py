"""Reads containerd: its event stream, the labels and the status files of its containers. Runs inside the sandbox.

`Witness` owns two threads, one that hears and one that folds; both end with `stop()`. Its memory is that of `Truth`.
"""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from .truth import Fact, Owner, OwnerUnknownError, Status, Truth, parse_event

STATE = Path("/run/kubevigil/containerd")
CTR = ("ctr", "--address", str(STATE / "containerd.sock"), "--namespace", "k8s.io", "--connect-timeout", "2s")
CONTAINERS = STATE / "root/io.containerd.grpc.v1.cri/containers"
LOOK_SECONDS = 0.5


def owner_of(container_id: str) -> Owner | None:
    """Asks containerd; None for a pod's sandbox. Raises OwnerUnknownError for a container that is gone already."""
    try:
        answer = subprocess.run([*CTR, "containers", "info", container_id], capture_output=True, check=True, timeout=10)
    except subprocess.SubprocessError as problem:
        raise OwnerUnknownError(container_id) from problem
    labels = json.loads(answer.stdout).get("Labels") or {}
    if labels.get("io.cri-containerd.kind") != "container":
        return None
    return Owner(
        *(labels[f"io.kubernetes.{key}"] for key in ("pod.uid", "container.name", "pod.namespace", "pod.name"))
    )


def status_of(container_id: str) -> Status | None:
    """The runtime's status file; None where there is none (yet, or any more)."""
    try:
        content = json.loads((CONTAINERS / container_id / "status").read_bytes())
    except (OSError, ValueError):
        return None
    return Status(content["StartedAt"] / 1e9, content["FinishedAt"] / 1e9, content["ExitCode"])


def existing() -> list[str]:
    """The ids of all containers that the runtime knows, without sandboxes."""
    return [folder.name for folder in CONTAINERS.iterdir()] if CONTAINERS.is_dir() else []


def remove(container_id: str) -> None:
    """Kills a container and removes it, without the kubelet; nothing if it is gone already."""
    for command in (("tasks", "kill", "--signal", "KILL"), ("tasks", "delete", "--force"), ("containers", "delete")):
        subprocess.run([*CTR, *command, container_id], capture_output=True, check=False, timeout=10)


class Witness:
    """Follows containerd from `start` to `stop` and hands each fact to `write`, always from the same thread."""

    def __init__(self, write: Callable[[Fact], None]) -> None:
        self._write = write
        self._truth = Truth(owner_of, status_of)
        self._lines: queue.Queue[str] = queue.Queue()
        self._stopping = threading.Event()
        self._stream: subprocess.Popen[str] | None = None
        self._threads = ThreadPoolExecutor(2)
        self._running: list[Future[None]] = []

    def start(self) -> None:
        """Returns at once; what runs already is found by the first look at the status files."""
        self._running = [self._threads.submit(run) for run in (self._listen, self._fold)]

    def stop(self) -> None:
        """Returns when all that was heard is written. Raises what broke a thread: the facts are not whole then."""
        self._stopping.set()
        if self._stream is not None:
            self._stream.terminate()
        for thread in self._running:
            thread.result()
        self._threads.shutdown()

    @property
    def unattributed(self) -> int:
        """Exits that could not be told whose they were."""
        return self._truth.unattributed

    def _listen(self) -> None:
        command = [*CTR, "events"]
        while not self._stopping.is_set():  # the stream ends whenever containerd does
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as self._stream:
                for line in self._stream.stdout or ():
                    self._lines.put(line)
            self._stopping.wait(0.1)

    def _fold(self) -> None:
        looked = 0.0
        while not self._stopping.is_set() or not self._lines.empty():
            self._hear(LOOK_SECONDS / 2)
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                self._tell(self._truth.reconcile(existing(), time.time()))

    def _hear(self, seconds: float) -> None:
        try:
            event = parse_event(self._lines.get(timeout=seconds))
        except queue.Empty:
            return
        if event is not None:
            self._tell(self._truth.observe(event))

    def _tell(self, facts: Iterator[Fact]) -> None:
        for fact in facts:
            self._write(fact)
