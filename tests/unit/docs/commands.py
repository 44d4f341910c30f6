"""The commands in our pages, taken apart: blocks of `console`, the lines after `$`, and the programs in a line.

A comment just before a block says how it is shown where no test here can judge it: `<!-- not run: REASON -->`, or
`<!-- run: FILE TEST -->`. `<!-- file: NAME -->` gives the block after it a name by which commands of its page read it.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]

PAGES: Final = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "testbed/README.md")),
    *sorted(ROOT.glob("UPGRADE.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    ROOT / "charts" / "kubevigil" / "README.md",
)
"""Those with commands; the runbooks' are judged by tests/rules/test_runbooks.py."""

_BLOCK: Final = re.compile(
    r"(?:^ *<!-- (?P<mark>[^\n]*?) -->\n)?^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)
_SUBSTITUTION: Final = re.compile(r"\$\(([^()]*)\)")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
_OPERATORS: Final = frozenset({"|", "||", "&", "&&", ";"})
_REDIRECTIONS: Final = frozenset({">", ">>", "<"})


@dataclass(frozen=True)
class Command:
    """One program with its arguments, without redirections; `given` is what stands before it as NAME=VALUE."""

    words: tuple[str, ...]
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A fenced block. `line` is where it begins; `mark` what the comment before it says."""

    page: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def place(self) -> str:
        """`docs/running.md:4`."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def lines(self) -> Iterator[str]:
        """What is typed: the lines after `$`, put together where they end in a backslash."""
        typed = ""
        for line in self.text.splitlines():
            if typed.endswith("\\"):
                typed = f"{typed[:-1].rstrip()} {line.strip()}"
            elif line.strip().startswith("$ "):
                typed = line.strip()[2:]
            if typed and not typed.endswith("\\"):
                yield typed
                typed = ""

    def commands(self) -> list[Command]:
        """Every program that is started."""
        return [command for line in self.lines() for command in _commands(line)]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["mark"] or "",
            "\n".join(line.removeprefix(found["indent"]) for line in found["text"].splitlines()),
        )
        for found in _BLOCK.finditer(text)
    ]


def typed() -> list[Block]:
    """The blocks of all pages in which something is typed."""
    return [block for page in PAGES for block in blocks(page) if block.language in {"console", "sh", "bash", "shell"}]


def files(page: Path) -> dict[str, str]:
    """The files that a page shows, by name."""
    named = ((block.mark.partition("file: "), block.text) for block in blocks(page))
    return {name: text for (_, found, name), text in named if found}


def options(words: Sequence[str], *names: str) -> list[str]:
    """The values that the options called so have in `words`."""
    following = pairwise(words)
    joined = (word.partition("=") for word in words)
    return [value for word, value in following if word in names] + [v for name, _, v in joined if name in names and v]


def _commands(line: str) -> Iterator[Command]:
    for inner in _SUBSTITUTION.findall(line.partition(" # ")[0]):
        yield from _commands(inner)
    parts = shlex.shlex(_SUBSTITUTION.sub("SUBSTITUTED", line), posix=True, punctuation_chars="<>|&;")
    parts.whitespace_split = True
    parts.commenters = ""
    words: list[str] = []
    skip = False
    # Not a list: what stands in a comment need not be quoted well.
    for part in takewhile(lambda part: part != "#", parts):
        if skip:
            skip = False
        elif part in _REDIRECTIONS:
            skip = True
        elif part in _OPERATORS:
            yield from _command(words)
            words = []
        else:
            words.append(part)
    yield from _command(words)


def _command(words: Sequence[str]) -> Iterator[Command]:
    given = 0
    while given < len(words) and _ASSIGNMENT.match(words[given]):
        given += 1
    if words:
        yield Command(tuple(words[given:]), tuple(words[:given]))
