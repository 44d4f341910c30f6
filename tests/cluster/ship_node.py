"""The node's side of crashes: the ends that containerd tells, and the files with what was printed."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

from .capture_node import POD_LOGS
from .cluster import WitnessLog
from .ship_audit import Death

_KEPT: Final = Path("/run/kubevigil/kept-for-audit")
"""On the file system of the logs, so that a hard link can keep a file that the kubelet removes."""


class NodeSide:
    """Of one namespace. `look` is to be called more often than instances die."""

    def __init__(self, namespace: str, witness: WitnessLog) -> None:
        self._namespace = namespace
        self._witness = witness
        self._kept = _KEPT / namespace

    @classmethod
    @contextmanager
    def kept(cls, namespace: str, witness: WitnessLog) -> Iterator[Self]:
        """The files are kept until the end."""
        side = cls(namespace, witness)
        side._kept.mkdir(parents=True)
        try:
            yield side
        finally:
            for link in side._kept.iterdir():
                link.unlink()

    def look(self) -> None:
        """Keeps the files that are new."""
        for file in POD_LOGS.glob(f"{self._namespace}_*/*/[0-9]*.log"):
            link = self._link(file.parts[-3].rpartition("_")[2], file.parts[-2], int(file.stem))
            if not link.exists():
                with suppress(FileNotFoundError):  # removed between the two looks
                    os.link(file, link)

    def counts(self) -> Counter[str]:
        """How often each `pod/container` has died, ends with the code 0 left out."""
        return Counter(_place(end) for end, _ in self._deaths())

    def died_before(self, pod: str, moment: float) -> bool:
        """Whether a container of that pod died before that Unix time."""
        return any(end["pod"] == pod and end["t"] < moment for end, _ in self._deaths())

    def deaths(self) -> list[Death]:
        """The same, each with what its instance printed. Fails where the file of one was never seen."""
        return [
            Death(
                container_id=end["container_id"].rpartition("://")[2],
                place=_place(end),
                exit_code=end["exit_code"] if end["kind"] == "exit" else None,
                at=end["t"],
                printed=self._printed(self._link(end["uid"], end["container"], number), end["kind"]),
            )
            for end, number in self._deaths()
        ]

    def _deaths(self) -> Iterator[tuple[dict[str, Any], int]]:
        """And which instance of its container it was, from 0, as the files are numbered."""
        numbers: dict[tuple[str, str], int] = defaultdict(int)
        for end in self._witness.ends():
            if end["namespace"] == self._namespace:
                container = (end["uid"], end["container"])
                if end["exit_code"] != 0:
                    yield end, numbers[container]
                numbers[container] += 1

    def _link(self, uid: str, container: str, number: int) -> Path:
        return self._kept / f"{uid}_{container}_{number}"

    def _printed(self, link: Path, kind: str) -> str:
        if kind != "exit" and not link.exists():
            return ""
        return printed(link.read_bytes())


def _place(end: dict[str, Any]) -> str:
    return f"{end['pod']}/{end['container']}"


def printed(file: bytes) -> str:
    """The text of a log file. Lines have a time, a stream, F for a whole line or P for a part of one, and the text."""
    text = b""
    for line in file.split(b"\n")[:-1]:
        _, _, part, content = line.split(b" ", 3)
        text += content + (b"\n" if part == b"F" else b"")
    # As it is shown to people: a terminal's end of a line is a line's end, and what is no text is marked.
    return text.replace(b"\r\n", b"\n").decode("utf-8", "replace")
