"""The argument parser: a mistake is told in one line, with the nearest name that exists, and never by guessing."""

import argparse
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NoReturn


class UsageError(Exception):
    """The arguments do not make sense; the text is for the person who typed them."""


class Parser(argparse.ArgumentParser):
    """argparse without abbreviations, raising UsageError where argparse would exit."""

    def __init__(self, *, prog: str, description: str) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises UsageError."""
        raise UsageError(f"{self.prog}: {message}")

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The arguments, all of them understood. Raises UsageError."""
        found, unknown = self.parse_known_args(arguments)
        if unknown:
            flags = [word.partition("=")[0] for word in unknown if word.startswith("-")]
            # What follows an unknown flag is not told: it may be a secret whose flag was misspelt.
            told = "; ".join(f"unknown argument {flag!r}{suggestion(flag, self.flags())}" for flag in flags)
            raise UsageError(f"{self.prog}: {told or 'too many arguments'}; see {self.prog} --help")
        return found

    def flags(self) -> list[str]:
        """The flags of this parser."""
        return [flag for action in self._actions for flag in action.option_strings]


def suggestion(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` for the known word nearest to `word`; nothing where none is near."""
    nearest = get_close_matches(word, known, n=1)
    return f", did you mean {nearest[0]!r}?" if nearest else ""
