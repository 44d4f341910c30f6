"""Plays a session, records it twice, and writes the folder of evidence.

pods.ndjson.gz   {"t", "type": LIST|ADDED|MODIFIED|DELETED, "object"}: what the API showed, `t` = seconds since start
truth.ndjson.gz  {"t", "uid", "container", "container_id", "kind": exit|created_never_started, "exit_code"}
session.json     when `t` = 0 was, versions, counts
"""

import argparse
import gzip
import json
import os
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubevigil.model.pod import Pod

from . import session
from .anonymise import Hashes, pruned
from .runtime import Witness
from .truth import ENDS, Fact
from .watch import PodRecorder


class Recording:
    """Collects both recordings in memory, small and anonymous from the start: some MB for a quarter of an hour."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.pods: list[bytes] = []
        self.truth: list[tuple[float, bytes]] = []
        self.counts: Counter[str] = Counter()
        self._hashes = Hashes(os.urandom(16))
        self._lock = threading.Lock()  # two recorders write

    def pod(self, at: float, kind: str, found: dict[str, Any]) -> None:
        """What the API showed at Unix time `at`; `found` is a pod, or a list of them for LIST."""
        if kind == "LIST":
            version = {"resourceVersion": found["metadata"]["resourceVersion"]}
            small: Any = {"metadata": version, "items": [pruned(item, Pod) for item in found["items"]]}
        else:
            small = pruned(found, Pod)
        line = self._line({"t": round(at - self.start, 3), "type": kind, "object": small})
        with self._lock:
            self.counts[f"pods {kind}"] += 1
            self.pods.append(line)

    def fact(self, fact: Fact) -> None:
        """What the runtime did; only ends are kept."""
        with self._lock:
            self.counts[f"truth {fact.kind}"] += 1
            if fact.kind in ENDS:
                self.counts[f"ends told by {fact.source}"] += 1
                self.truth.append((fact.at, self._line(truth_line(fact, self.start))))

    def save(self, out: Path, minutes: float, failures: list[str]) -> None:
        """Writes the three files, over older ones."""
        out.mkdir(parents=True, exist_ok=True)
        write_gzip(out / "pods.ndjson.gz", self.pods)
        write_gzip(out / "truth.ndjson.gz", [line for _, line in sorted(self.truth)])
        about = {
            "started_at": datetime.fromtimestamp(self.start, UTC).isoformat(timespec="milliseconds"),
            "minutes": minutes,
            "rounds": session.rounds_in(minutes),
            "kubernetes": json.loads(session.kubectl("version", "--output=json"))["serverVersion"]["gitVersion"],
            "failed_steps": failures,
            "counts": dict(sorted(self.counts.items())),
        }
        (out / "session.json").write_text(json.dumps(about, indent=2) + "\n")

    def _line(self, content: dict[str, Any]) -> bytes:
        return self._hashes.text(json.dumps(content, separators=(",", ":")).encode()) + b"\n"


def truth_line(fact: Fact, start: float) -> dict[str, Any]:
    """A line of the truth, in the API's notation of a container's id."""
    return {
        "t": round(fact.at - start, 3),
        "uid": fact.owner.uid,
        "container": fact.owner.container,
        "container_id": f"containerd://{fact.container_id}",
        "kind": fact.kind,
        "exit_code": fact.exit_code,
    }


def write_gzip(path: Path, lines: list[bytes]) -> None:
    """Without a time stamp, so that the same lines give the same file."""
    path.write_bytes(gzip.compress(b"".join(lines), 9, mtime=0))


def main() -> None:
    """Plays, records, saves; prints the counts."""
    parser = argparse.ArgumentParser(prog="testbed/record-evidence", description="Run it as a command of testbed/run.")
    parser.add_argument("out", type=Path, help="folder for the recording")
    parser.add_argument("--minutes", type=float, default=14, help="length of the session (default 14)")
    arguments = parser.parse_args()
    recording = Recording(time.time())
    witness, pods = Witness(recording.fact), PodRecorder(recording.pod)
    witness.start()
    pods.start()
    failures = session.play(
        arguments.minutes, lambda step: print(f"{time.time() - recording.start:6.1f} s  {step}", file=sys.stderr)
    )
    pods.stop()
    witness.stop()
    recording.counts["truth unattributed"] = witness.unattributed
    recording.save(arguments.out, arguments.minutes, failures)
    print(json.dumps(dict(sorted(recording.counts.items()))))


if __name__ == "__main__":
    main()
