"""Why a container died, in words: a short why for a table, and what it means and where to look next. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from kubevigil.crashes.exits import READ_ON, Explanation, exit_of, signal_of
from kubevigil.model.clock import seconds_of
from kubevigil.model.record import Record, RecordedTermination, TerminationClass

CLASSES: Final[Mapping[TerminationClass, str]] = {
    TerminationClass.ERROR: "ended with an error",
    TerminationClass.OOM: "the kernel killed it because its memory was used up",
    TerminationClass.START_ERROR: "could not be started",
    TerminationClass.EXITED: "ended by itself without an error, and was to run on",
    TerminationClass.COMPLETED: "done, as it was to",
    TerminationClass.GRACEFUL: "stopped as asked",
    TerminationClass.EVICTED: "evicted from its node",
    TerminationClass.PREEMPTED: "gave way to a pod of higher priority",
    TerminationClass.LOST: "the kubelet lost it and knows nothing of its end",
    TerminationClass.UNSEEN: "seen too late for details",
    TerminationClass.UNKNOWN: "its pod failed",
}
"""What each class means, the closed list of them."""

_REASONS: Final[Mapping[str, str]] = {
    "DeadlineExceeded": "its pod or Job ran longer than activeDeadlineSeconds allows",
    "ContainerStatusUnknown": "the kubelet found it gone",
    "Unknown": "the runtime did not see its end",
}
"""Reasons that say more than the exit code."""

_SAY_NOTHING: Final = frozenset({"", "Error", "Completed", "OOMKilled", "StartError", "ContainerCannotRun"})
"""Reasons that the class or the exit code says already."""

_KILLED: Final = 137
"""128 + SIGKILL: what the kernel's OOM killer makes of a container's first process."""

_START_HINTS: Final = (
    ("executable file not found", "Look at command, args and PATH: this image does not hold that program."),
    ("no such file or directory", "Look whether the path exists in this image, and its '#!' line or loader, too."),
    ("permission denied", "Look at the file's mode, and at runAsUser, readOnlyRootFilesystem and noexec mounts."),
    ("exec format error", "The image is for another architecture than the node, or a script lacks its '#!' line."),
    ("is a directory", "Look at command: it names a directory."),
    ("mount", "Look at volumeMounts: what is mounted, where, and whether a file is mounted over a directory."),
)
"""What runc and containerd say, and what to look at."""

_WRAPPERS: Final = re.compile(
    r"\A.*(?:container process|runtime create failed|containerd task|container init): ", re.DOTALL
)
"""What runtimes put before the cause, each layer its own words ('... unable to start container process: ')."""

_EXEC: Final = re.compile(r'exec: "(?P<path>[^"]*)": (?:stat \S+: )?(?P<fault>.*)')
"""runc's words for a program that cannot be executed."""

_TELLING: Final = re.compile(r"(?:panic|fatal|error|exception|caused by)[^:]{0,80}:", re.IGNORECASE)
"""How lines begin that name the cause, between the lines of a stack trace: of Go, Java, Python, Node.js, Rust."""

_PROBE: Final = re.compile(r"failed (liveness|startup) probe")
"""The kubelet's words in an Event of reason Killing: 'Container x failed liveness probe, will be restarted'."""


def why(record: Record) -> str:
    """A few words for a table: 'OOM killed (limit 64Mi)', 'exit 137: killed by SIGKILL', 'exit 1: no such host'."""
    end = record.termination
    match end.class_:
        case TerminationClass.OOM:
            return _out_of_memory(record)
        case TerminationClass.START_ERROR:
            return f"cannot start: {start_cause(end.message) or end.reason or 'no reason told'}"
        case TerminationClass.EXITED:
            return "exit 0: ended by itself, was to run on"
        case TerminationClass.ERROR:
            return _error(end)
        case _:
            return CLASSES[end.class_]


def explain(record: Record) -> Explanation:
    """What the end means and what to look at next."""
    end = record.termination
    match end.class_:
        case TerminationClass.OOM:
            return _explain_memory(record)
        case TerminationClass.START_ERROR:
            return Explanation("The container was created, and its process could not be started.", _start_hint(end))
        case TerminationClass.EXITED:
            return Explanation(
                "Its main process ended without an error, and Kubernetes was told to keep it running.",
                "See whether the main process goes to the background, or waits for input that does not come; what is "
                "to end belongs into a Job.",
            )
        case TerminationClass.ERROR:
            return _explain_error(record)
        case TerminationClass.UNSEEN:
            return Explanation(
                "It was counted, and nothing of how it ended was kept.",
                "Look for its log where logs were sent at that time.",
            )
        case _:
            return Explanation(f"It was {end.class_.value}: {CLASSES[end.class_]}.", "No crash: nothing to look for.")


def exit_words(end: RecordedTermination) -> str:
    """The exit code in words: '139: SIGSEGV, invalid memory access', '1: error', '42'; '' where none is known."""
    if end.exit_code is None:
        return ""
    words = exit_of(end)
    return f"{end.exit_code}: {words.words}" if words else str(end.exit_code)


def start_cause(message: str) -> str:
    """The innermost cause of a runtime's start error, without the words that each layer puts before it."""
    cause = telling_line(_WRAPPERS.sub("", message.strip()).removesuffix(": unknown"))
    program = _EXEC.fullmatch(cause)
    return f"{program['path']}: {program['fault']}" if program else cause


def telling_line(message: str) -> str:
    """The line of a message that tells the most: the last that names an error, else the last; '' if all are blank."""
    lines = [line.strip() for line in reversed(message.splitlines()) if line.strip()]
    return next((line for line in lines if _TELLING.search(line)), lines[0] if lines else "")


def failed_probe(record: Record) -> str:
    """'liveness' or 'startup' where an Event says that the kubelet ended this instance for it, else ''."""
    started = seconds_of(record.termination.started_at) or 0.0
    for event in record.events:
        told = _PROBE.search(event.message) if event.reason == "Killing" else None
        ours = f"Container {record.container.name} " in event.message
        if told and ours and (seconds_of(event.last_at) or started) >= started:
            return told[1]
    return ""


def _error(end: RecordedTermination) -> str:
    if end.exit_code is None:
        return end.reason or CLASSES[end.class_]
    told = exit_of(end)
    said = telling_line(end.message)
    if said and not signal_of(end):
        return f"exit {end.exit_code}: {said}"
    if end.reason not in _SAY_NOTHING:
        return f"exit {end.exit_code} ({end.reason})"
    if end.exit_code == 1:
        return "exit 1 (error)"
    return f"exit {end.exit_code}: {told.words}" if told else f"exit {end.exit_code}"


def _out_of_memory(record: Record) -> str:
    words = "OOM killed"
    if record.resources is not None:
        limit = record.resources.memory_limit
        words += f" (limit {limit})" if limit else " (no limit of its own)"
    code = record.termination.exit_code
    own_code = code is not None and code != _KILLED
    return f"{words}, exit {code}" if own_code else words


def _explain_memory(record: Record) -> Explanation:
    limit = record.resources.memory_limit if record.resources else ""
    if record.resources is not None and not limit:
        return Explanation(
            "The kernel killed it for want of memory. It has no limit of its own: its pod or its node had none left.",
            "Look at the node's memory and who uses it; give this container a request and a limit.",
        )
    return Explanation(
        f"The kernel killed it because it used more memory than its limit{f' of {limit}' if limit else ''}.",
        "Look at its memory over time: a steady rise is a leak, a jump a big request; else raise the limit.",
    )


def _start_hint(end: RecordedTermination) -> str:
    message = end.message.lower()
    hint = next((advice for words, advice in _START_HINTS if words in message), "")
    return hint or "Look at the message, and at the Events."


def _explain_error(record: Record) -> Explanation:
    end = record.termination
    probe = failed_probe(record)
    if probe:
        return Explanation(
            f"The kubelet ended it because its {probe} probe failed (see Events).",
            f"Look at what the {probe} probe asks, its timeout and threshold, and at why it was not answered in time.",
        )
    if end.reason in _REASONS:
        return Explanation(f"{end.reason}: {_REASONS[end.reason]}.", READ_ON)
    if end.exit_code is None:
        return Explanation("It failed, and Kubernetes does not tell how.", "Look at the Events.")
    told = exit_of(end)
    if told:
        return told.explanation
    return Explanation("An exit code of the program's own.", f"{READ_ON} Its documentation may list its exit codes.")
