"""The command `kubevigil demo`, as a person or a script runs it."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

from .running import until

CRASHES = {"error", "oom", "start_error", "exited"}
SECRET = "tiny-Secret-42"
"""What one of the story's programs prints."""

COMMAND = [sys.executable, "-m", "kubevigil", "demo"]


def environment(folder: Path) -> dict[str, str]:
    terminal = {"TERM": "xterm", "COLUMNS": "140", "LINES": "40"}
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), **terminal}


def test_the_story_is_seen_whole_and_told_as_json(tmp_path: Path) -> None:
    told = subprocess.run(
        [*COMMAND, "--once", "--json", "--seed", "3"],
        env=environment(tmp_path),
        capture_output=True,
        check=False,
        timeout=60,
    )
    verdict = json.loads(told.stdout)
    assert (told.returncode, told.stderr) == (0, b"")
    assert (verdict["lost"], verdict["doubled"]) == (0, 0)
    assert verdict["seen"] == verdict["expected"] > 30
    crashes = [record for record in verdict["terminations"] if record["termination"]["class"] in CRASHES]
    assert all(record["log"] for record in crashes), "every crash has its log, or the reason why not"
    assert any("[REDACTED:url]" in record["log"]["text"] for record in crashes)
    assert SECRET not in told.stdout.decode()
    classes = {record["termination"]["class"] for record in verdict["terminations"]}
    assert {"error", "oom", "start_error", "exited", "completed", "graceful", "evicted"} <= classes
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_the_last_words_of_a_crash_and_says_where_the_rest_is(tmp_path: Path) -> None:
    kept = tmp_path / ("a-long-way-" * 12) / "kept"  # wider than any screen: the command must not be wrapped
    kept.parent.mkdir()
    told = subprocess.run(
        [*COMMAND, "--once", "--data-dir", str(kept)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *_, words, rest = told.stdout.splitlines()
    assert words == "  FATAL cannot reach the database, giving up"
    assert "[REDACTED:url]" in told.stdout
    command = rest.partition(": ")[2].split()
    shown = subprocess.run(
        [*COMMAND[:-1], *command[1:]], env=environment(tmp_path), capture_output=True, text=True, check=True, timeout=30
    )
    assert words.strip() in shown.stdout
    assert SECRET not in told.stdout + shown.stdout


def test_on_a_terminal_it_goes_on_until_ctrl_c_and_leaves_nothing_behind(tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(COMMAND, env=environment(tmp_path), stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = b""

    def saw_a_crash() -> bool:
        nonlocal shown
        shown += os.read(controller, 65_536)
        return b"start_error" in shown

    until(saw_a_crash, 60)
    assert b"/metrics" in shown
    process.send_signal(signal.SIGINT)
    done = Event()

    def drained() -> bool:
        try:
            return not os.read(controller, 65_536)
        except OSError:  # the terminal went with its last process
            done.set()
            return True

    until(drained, 20)
    assert process.wait(10) == 0
    os.close(controller)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_address_is_told_in_a_line(tmp_path: Path) -> None:
    told = subprocess.run(
        [*COMMAND, "--listen", "nowhere"], env=environment(tmp_path), capture_output=True, check=False, timeout=30
    )
    assert told.returncode == 2
    assert told.stderr.decode().startswith("listen: flag --listen = ")
    assert told.stderr.count(b"\n") == 1
