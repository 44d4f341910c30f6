"""Records the pods as the API shows them: the LIST, then each event of the WATCH with the time of its arrival.

`kubectl get --raw` carries the bytes, so the recording shares no code with Kubevigil's own reflector. One thread.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

PODS = "/api/v1/pods"
Write = Callable[[float, str, dict[str, Any]], None]


class PodRecorder:
    """Hands (Unix time, LIST|ADDED|MODIFIED|DELETED, object) to `write`, from one thread, until `stop`."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._version = ""
        self._stopping = threading.Event()
        self._watch: subprocess.Popen[str] | None = None
        self._threads = ThreadPoolExecutor(1)
        self._running: Future[None] | None = None

    def start(self) -> None:
        """Returns when the first LIST is recorded."""
        self._list()
        self._running = self._threads.submit(self._run)

    def stop(self) -> None:
        """Ends the watch; an event that arrived before is recorded. Raises what broke the thread."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.terminate()
        if self._running is not None:
            self._running.result()
        self._threads.shutdown()

    def _list(self) -> None:
        answer = subprocess.run(["kubectl", "get", "--raw", PODS], check=True, capture_output=True)
        pods = json.loads(answer.stdout)
        self._version = pods["metadata"]["resourceVersion"]
        self._write(time.time(), "LIST", pods)

    def _run(self) -> None:
        while not self._stopping.is_set():
            url = f"{PODS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=3600&resourceVersion={self._version}"
            with subprocess.Popen(["kubectl", "get", "--raw", url], stdout=subprocess.PIPE, text=True) as self._watch:
                for line in self._watch.stdout or ():
                    self._take(time.time(), json.loads(line))
            self._stopping.wait(0.2)

    def _take(self, at: float, event: dict[str, Any]) -> None:
        if event["type"] == "ERROR":
            self._list()
            return
        self._version = event["object"]["metadata"]["resourceVersion"]
        if event["type"] != "BOOKMARK":
            self._write(at, event["type"], event["object"])
