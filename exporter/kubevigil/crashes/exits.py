"""What exit codes and signals mean, and where to look next: tables with their sources. Pure.

Sources of the exit codes: 1 is the C library's EXIT_FAILURE; 2 is Bash's for wrong usage of a built-in (Bash manual,
"Exit Status") and the Go runtime's for a panic; 126 and 127 are the shell's (POSIX.1-2017, "Shell Command Language",
2.8.2); 125 is GNU coreutils' for a wrapper that failed itself (`timeout`, `env`, `nohup`), and Docker's; 128 is what
containerd reports of a container that could not be started; 255 is exit(-1), and what containerd reports of an end that
it did not see ("Unknown"). 128 + n is the shell's and the runtimes' convention for an end by signal n (signal(7)).
"""

import signal
from collections.abc import Mapping
from typing import Final, NamedTuple

from kubevigil.model.record import RecordedTermination


class Explanation(NamedTuple):
    """What an end means, and what to look at next; each a sentence or two."""

    meaning: str
    next: str


class Exit(NamedTuple):
    """A few words for an exit code or a signal, and their explanation."""

    words: str
    explanation: Explanation


_SIGNAL_BASE: Final = 128

READ_ON: Final = "Read its last words."

EXIT_CODES: Final[Mapping[int, Exit]] = {
    0: Exit("ended by itself", Explanation("It said that all went well.", "See whether its main process is to go on.")),
    1: Exit("error", Explanation("The program itself reported an error, of no closer kind.", READ_ON)),
    2: Exit(
        "wrong usage or a Go panic",
        Explanation(
            "A shell says 2 for wrong usage, and the Go runtime for a panic that nobody caught.",
            f"{READ_ON} Look for 'panic:' and 'fatal error:' there, else at command and args.",
        ),
    ),
    125: Exit(
        "the wrapper failed",
        Explanation(
            "What was to start the program (timeout, env, nohup, docker run) failed itself.",
            "Look at how command and args call it.",
        ),
    ),
    126: Exit(
        "command cannot be executed",
        Explanation(
            "The command was found and could not be executed.",
            "Look at the file's mode, at its '#!' line, and whether the image is built for the node's architecture.",
        ),
    ),
    127: Exit(
        "command not found",
        Explanation(
            "A shell did not find the command, or the loader did not find a library.",
            "Look at command, args and PATH, and whether this image holds what they name.",
        ),
    ),
    128: Exit(
        "not started, or an invalid exit",
        Explanation(
            "Of a container that did not start containerd says 128; a shell may, of an exit with an invalid number.",
            "Look at the message and the Events.",
        ),
    ),
    255: Exit(
        "exit(-1), or an end that nobody saw",
        Explanation(
            "Many programs end so on any error; containerd says 255 of an end that it did not see, such as by a "
            "restart of the node.",
            f"{READ_ON} If there are none, see whether the node was restarted.",
        ),
    ),
}
"""By exit code: a few words, and their explanation."""

SIGNALS: Final[Mapping[str, Exit]] = {
    "SIGHUP": Exit(
        "killed by SIGHUP",
        Explanation("Its terminal or its parent went away.", "See what in the container sends signals."),
    ),
    "SIGINT": Exit(
        "interrupted by SIGINT",
        Explanation("It was interrupted as by Ctrl-C.", "See STOPSIGNAL of the image, and what sends signals."),
    ),
    "SIGQUIT": Exit(
        "SIGQUIT",
        Explanation("It was asked to quit with a dump; Go and Java print all threads.", READ_ON),
    ),
    "SIGILL": Exit(
        "SIGILL, an illegal instruction",
        Explanation(
            "The processor does not know an instruction.",
            "Compare the node's processor with what the image was built for (AVX, architecture).",
        ),
    ),
    "SIGTRAP": Exit("SIGTRAP", Explanation("A trap of the program or its runtime.", READ_ON)),
    "SIGABRT": Exit(
        "SIGABRT, aborted itself",
        Explanation("It ended itself: an assertion, the allocator, or an exception that nobody caught.", READ_ON),
    ),
    "SIGBUS": Exit(
        "SIGBUS, bad memory access",
        Explanation(
            "It reached for memory that has nothing behind it, often a mapped file on a full volume.",
            "Look at the size of /dev/shm and of its volumes.",
        ),
    ),
    "SIGFPE": Exit("SIGFPE, an arithmetic error", Explanation("Most often a division by zero.", READ_ON)),
    "SIGKILL": Exit(
        "killed by SIGKILL",
        Explanation(
            "It was killed and had no say. Kubernetes does not call it out of memory: a probe or a stop that took "
            "longer than the grace period, the node's own OOM killer, or somebody's kill -9.",
            "Look at the Events for a failed probe, and at the node's kernel log for 'Out of memory'.",
        ),
    ),
    "SIGSEGV": Exit(
        "SIGSEGV, invalid memory access",
        Explanation(
            "It reached for memory that is not its own: a fault of the program or of a native library.",
            f"{READ_ON} Compare with the image before; a core dump would tell the line.",
        ),
    ),
    "SIGPIPE": Exit(
        "SIGPIPE, nobody read its output",
        Explanation("It wrote to a pipe or socket whose other end was closed.", READ_ON),
    ),
    "SIGALRM": Exit("SIGALRM", Explanation("A timer of its own ran out.", READ_ON)),
    "SIGTERM": Exit(
        "SIGTERM, asked to stop",
        Explanation(
            "It was asked to stop, though its pod was not being deleted: a failed liveness or startup probe, or "
            "something inside the container.",
            "Look at the Events for a failed probe.",
        ),
    ),
    "SIGXCPU": Exit(
        "SIGXCPU", Explanation("It used more CPU time than its ulimit.", "Look at ulimit -t in the image.")
    ),
    "SIGXFSZ": Exit("SIGXFSZ", Explanation("It wrote a file beyond its ulimit.", "Look at ulimit -f in the image.")),
    "SIGSYS": Exit(
        "SIGSYS, a forbidden system call",
        Explanation(
            "A seccomp profile killed it for a system call that is not allowed.",
            "Look at securityContext.seccompProfile, and at the node's audit log for the call.",
        ),
    ),
}
"""By the signal's name: a few words, and their explanation."""


def exit_of(end: RecordedTermination) -> Exit | None:
    """What the exit code or the signal means; None where there is none, or it is a program's own."""
    name = signal_of(end)
    if name:
        return SIGNALS.get(name) or Exit(f"killed by {name}", Explanation(f"The signal {name} ended it.", READ_ON))
    return None if end.exit_code is None else EXIT_CODES.get(end.exit_code)


def signal_of(end: RecordedTermination) -> str:
    """The signal's name: as recorded, else by the convention of 128 + its number; '' where there was none."""
    if end.signal or end.exit_code is None or end.exit_code <= _SIGNAL_BASE:
        return end.signal
    try:
        return signal.Signals(end.exit_code - _SIGNAL_BASE).name
    except ValueError:
        return ""
