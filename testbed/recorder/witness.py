"""Prints the truth as it happens: one JSON object a line, with the wall time as `t` (see recorder.truth for kinds)."""

import json
import signal
import threading
from types import FrameType

from .runtime import Witness
from .truth import Fact


def show(fact: Fact) -> None:
    """A line, flushed, so that a reader of the file sees it at once."""
    line = {"t": fact.at, "kind": fact.kind, **fact.owner._asdict()}
    line |= {"container_id": f"containerd://{fact.container_id}", "exit_code": fact.exit_code, "source": fact.source}
    print(json.dumps(line), flush=True)


def main() -> None:
    """Runs until it is told to stop (INT, TERM)."""
    told = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    witness = Witness(show)
    witness.start()
    told.wait()
    witness.stop()


if __name__ == "__main__":
    main()
