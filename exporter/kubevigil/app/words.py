"""How a container ended, in words for a person."""

from typing import Final

from kubevigil.model.record import Record, RecordedTermination, TerminationClass

_EXIT_CODES: Final = {
    126: "the command cannot be executed",
    127: "the command was not found",
    134: "aborted (an assertion, or the allocator)",
    139: "an invalid memory access",
    255: "an error without a number of its own",
}
"""126 and 127 are the shell's; the others are 128 + a signal, as the runtimes report it, and -1."""

_MESSAGE_CHARACTERS: Final = 60
_CLASSES: Final = {
    TerminationClass.OOM: "out of memory",
    TerminationClass.EXITED: "ended by itself, and was to run for ever",
    TerminationClass.COMPLETED: "done",
    TerminationClass.GRACEFUL: "stopped as asked",
    TerminationClass.EVICTED: "evicted",
    TerminationClass.PREEMPTED: "gave way to a pod of higher priority",
    TerminationClass.LOST: "the kubelet lost it",
    TerminationClass.UNSEEN: "seen too late for details",
    TerminationClass.UNKNOWN: "its pod failed",
}


def why(record: Record) -> str:
    """One line: why it ended, with exit code and signal where they say something."""
    end = record.termination
    words = _CLASSES.get(end.class_) or _by_exit(end)
    message = end.message.strip().splitlines()
    return f"{words}: {_end_of(message[-1].strip())}" if message else words


def code(record: Record) -> str:
    """The exit code with its signal, such as '137 SIGKILL'; '' where there is none."""
    end = record.termination
    return "" if end.exit_code is None else f"{end.exit_code} {end.signal}".strip()


def _end_of(line: str) -> str:
    """The line's end, where chained errors name their cause."""
    return line if len(line) <= _MESSAGE_CHARACTERS else f"…{line[1 - _MESSAGE_CHARACTERS :]}"


def _by_exit(end: RecordedTermination) -> str:
    if end.class_ is TerminationClass.START_ERROR:
        return "could not be started"
    return _EXIT_CODES.get(end.exit_code or 0, "ended with an error" if not end.signal else "killed")
