"""The exporter as a user runs it, as a process of its own beside the cluster."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from prometheus_client.parser import text_string_to_metric_families

from kubevigil.model.record import Record
from kubevigil.store.archive import Filter, open_archive

from .cluster import wait_for

ADDRESS = "127.0.0.1:18080"
Container = tuple[str, str]
"""Pod uid and container name."""


class Exporter:
    """`kubevigil run` with a data folder that outlives the process."""

    def __init__(self, data: Path, kubeconfig: Path | None, *arguments: str, **environment: str) -> None:
        self.data = data
        self._arguments = [*arguments, *(["--kubeconfig", str(kubeconfig)] if kubeconfig else [])]
        self._environment = {"PATH": os.environ["PATH"], **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data.with_suffix(".log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop(signal.SIGTERM)

    def start(self) -> None:
        command = [sys.executable, "-m", "kubevigil", "run", "--listen", ADDRESS, "--data-dir", str(self.data)]
        command += ["--cluster-name", "testbed", *self._arguments]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)
        wait_for("the exporter listens", self._listens)

    def stop(self, with_signal: int) -> int:
        assert self._process is not None
        self._process.send_signal(with_signal)
        code = self._process.wait(10)
        self._process = None
        return code

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://{ADDRESS}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def ready(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/readyz")[1]))

    def until_ready(self) -> Self:
        wait_for("the exporter is ready", lambda: self.ready()["ready"], 60)
        return self

    def samples(self, name: str) -> dict[tuple[str, ...], float]:
        """The family's values by their labels, in the order of the labels' names."""
        text = self.get("/metrics")[1].decode()
        return {
            tuple(sample.labels[key] for key in sorted(sample.labels)): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name
        }

    def terminations(self, namespace: str = "") -> int:
        """Of containers; ends of whole pods have no container type."""
        text = self.get("/metrics")[1].decode()
        return sum(
            int(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "kubevigil_workload_terminations_total"
            and sample.labels["container_type"]
            and namespace in {"", sample.labels["namespace"]}
        )

    def deaths(self) -> Counter[Container]:
        """What the ledger in the store has counted, pod by pod."""
        counted: Counter[Container] = Counter()
        with sqlite3.connect(f"file:{self.data}/kubevigil.db?mode=ro", uri=True) as store:
            for uid, state in store.execute("SELECT pod_uid, state FROM kubevigil_ledger"):
                for name, known in json.loads(state).get("containers", {}).items():
                    counted[uid, name] = known.get("number", 0) + known.get("ahead", False)
        store.close()
        return counted

    def ledger(self, uid: str) -> str:
        """What the store has of one pod, as it is written there; empty where it has nothing."""
        with sqlite3.connect(f"file:{self.data}/kubevigil.db?mode=ro", uri=True) as store:
            rows = store.execute("SELECT state FROM kubevigil_ledger WHERE pod_uid = ?", (uid,)).fetchall()
        store.close()
        return str(rows[0][0]) if rows else ""

    def crash_ids(self) -> list[str]:
        """The containerIDs of all recorded crashes."""
        with sqlite3.connect(f"file:{self.data}/kubevigil.db?mode=ro", uri=True) as store:
            rows = store.execute("SELECT record FROM kubevigil_crashes").fetchall()
        store.close()
        return [json.loads(record)["container"]["id"] for (record,) in rows]

    def crashes(self, namespace: str = "", *, texts: bool = True) -> list[Record]:
        """The recorded crashes, oldest first; without `texts` their logs come without what they say."""
        with closing(open_archive(self.data)) as archive:
            return archive.records(Filter(namespace=namespace), 100_000, texts=texts)[::-1]

    def settled(self, namespace: str, least: int = 1, *, seconds: float = 30) -> list[Record]:
        """Waits until there are so many crashes, and the log of each, or the reason why there is none, is known."""

        def all_known() -> bool:
            crashes = self.crashes(namespace, texts=False)
            return len(crashes) >= least and all(crash.log for crash in crashes)

        wait_for(f"{least} crashes are settled", all_known, seconds)
        return self.crashes(namespace)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False
