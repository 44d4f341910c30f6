"""A small recording. The first bytes of each pod stand for its protobuf, which needs Go to be made."""

import sys
from pathlib import Path

from tests.perf.history import History
from tests.perf.recording import Recording, record

LISTED = 10
EVENTS = 20
BYTES = 20
_TRANSLATOR = f"""#!{sys.executable}
import struct, sys
for line in sys.stdin.buffer:
    sys.stdout.buffer.write(struct.pack(">I", {BYTES}) + line[:{BYTES}])
"""


def small_recording(folder: Path) -> Recording:
    translator = folder / "translator"
    translator.write_text(_TRANSLATOR)
    translator.chmod(0o700)
    history = History(LISTED)
    record(folder, history.first, list(history.mixed(EVENTS)), translator)
    return Recording(folder)
