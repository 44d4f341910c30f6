"""The command `kubevigil`: finds the sub-command, has it read its arguments and work, and turns the end into a code.

Exit codes: 0 fine, 1 found or failed what was asked, 2 usage or settings, 3 a peer cannot be reached. A sub-command's
module is imported when it is the one that was asked for, so `--version` need not wait for a database library.
"""

import gc
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Final

from kubevigil import __version__
from kubevigil.cli.command import USAGE, Command
from kubevigil.cli.parsing import Parser, UsageError, suggestion

COMMANDS: Final[Mapping[str, str]] = {
    "run": "kubevigil.cli.run",
    "ship": "kubevigil.cli.ship",
    "demo": "kubevigil.cli.demo",
    "config": "kubevigil.cli.config",
    "doctor": "kubevigil.cli.doctor",
    "crashes list": "kubevigil.cli.crashes_list",
    "crashes show": "kubevigil.cli.crashes_show",
    "crashes tail": "kubevigil.cli.crashes_tail",
    "crashes dead-letters": "kubevigil.cli.crashes_dead_letters",
    "crashes replay": "kubevigil.cli.crashes_replay",
    "store migrate": "kubevigil.cli.store_migrate",
    "import pod-monitor": "kubevigil.cli.import_pod_monitor",
    "elasticsearch setup": "kubevigil.cli.elasticsearch_setup",
    "render": "kubevigil.cli.render",
    "healthchecks list": "kubevigil.cli.healthchecks_list",
    "healthchecks show": "kubevigil.cli.healthchecks_show",
    "healthchecks run": "kubevigil.cli.healthchecks_run",
    "healthchecks pause": "kubevigil.cli.healthchecks_pause",
    "healthchecks resume": "kubevigil.cli.healthchecks_resume",
    "healthchecks lint": "kubevigil.cli.healthchecks_lint",
}
"""Sub-commands, of one word or two, and the modules whose `COMMAND` they are, in the order of the help."""

_INTERRUPTED: Final = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line `arguments` (the process's own); the exit code."""
    try:
        code = _dispatch(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except UsageError as error:
        print(error, file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return 0
    return code


def _dispatch(arguments: Sequence[str]) -> int:
    match arguments:
        case []:
            print(_help(COMMANDS), file=sys.stderr)
            return USAGE
        case ["--version", *_]:
            print(f"kubevigil {__version__}")
            return 0
        case ["--help" | "-h", *_]:
            print(_help(COMMANDS))
            return 0
        case [group, *rest] if _group(group):
            return _dispatch_in(group, rest)
        case [name, *rest]:
            return _run(name, rest)
    raise AssertionError(arguments)


def _group(word: str) -> list[str]:
    """The commands of two words that begin with `word`."""
    return [name for name in COMMANDS if name.startswith(f"{word} ")]


def _dispatch_in(group: str, arguments: Sequence[str]) -> int:
    match arguments:
        case []:
            print(_help(_group(group)), file=sys.stderr)
            return USAGE
        case ["--help" | "-h", *_]:
            print(_help(_group(group)))
            return 0
        case [word, *rest] if f"{group} {word}" in COMMANDS:
            return _run(f"{group} {word}", rest)
    known = [name.removeprefix(f"{group} ") for name in _group(group)]
    word = arguments[0].partition("=")[0]
    nearest = suggestion(word, known)
    raise UsageError(f"kubevigil {group}: unknown command {word!r}{nearest}; see kubevigil {group} --help")


def _run(name: str, arguments: Sequence[str]) -> int:
    if name not in COMMANDS:
        what = "argument" if name.startswith("-") else "command"
        known = [*(command.partition(" ")[0] for command in COMMANDS), "--help", "--version"]
        raise UsageError(f"kubevigil: unknown {what} {name!r}{suggestion(name, known)}; see kubevigil --help")
    command = _command(name)
    parser = Parser(prog=f"kubevigil {name}", description=command.help)
    command.add(parser)
    try:
        found = parser.parse(arguments)
    except SystemExit:  # argparse has printed the help that was asked for
        return 0
    return command.run(found)


def _command(name: str) -> Command:
    # What a module makes while it is imported stays: to look for garbage among it is work for nothing.
    gc.disable()
    try:
        command: Command = import_module(COMMANDS[name]).COMMAND
    finally:
        gc.enable()
    return command


def _help(names: Collection[str]) -> str:
    width = max(map(len, names))
    lines = [f"  {name:{width}}  {_command(name).help}" for name in names]
    head = "usage: kubevigil COMMAND [ARGUMENT...]\n\nWhat crashed in a Kubernetes cluster, why, and who must know.\n"
    tail = "\nkubevigil COMMAND --help tells a command's arguments; kubevigil --version the version."
    return "\n".join([head, *lines, tail])


def _let_go_of_stdout() -> None:
    """The reader has seen enough, as with `| head`. The interpreter flushes at exit: let it flush into nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
