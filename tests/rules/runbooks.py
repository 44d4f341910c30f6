"""The runbooks in rules/runbooks/, taken apart: sections, the blocks of code in them, commands and queries."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from .rendering import ROOT

FOLDER: Final = ROOT / "rules" / "runbooks"
SECTIONS: Final = ("Meaning", "Impact", "Diagnosis", "Mitigation", "Why did this fire?", "Tune it", "Silence it")

_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONTINUED: Final = re.compile(r"\\\n\s*")
_COMMENTED: Final = re.compile(r"\s+#.*$", re.MULTILINE)


class Runbook(NamedTuple):
    """One page."""

    alert: str
    text: str

    @property
    def title(self) -> str:
        """The first line."""
        return self.text.partition("\n")[0]

    @property
    def sections(self) -> dict[str, str]:
        """By title, in their order."""
        parts = re.split(r"^## (.+)\n", self.text, flags=re.MULTILINE)[1:]
        return dict(zip(parts[::2], parts[1::2], strict=True))

    @property
    def commands(self) -> list[str]:
        """What is to be typed at a prompt, each on one line."""
        lines = [line for block in self._blocks("console") for line in _CONTINUED.sub("", block).splitlines()]
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]

    @property
    def queries(self) -> list[str]:
        """What is to be pasted into Prometheus; a line each."""
        return [line for block in self._blocks("promql") for line in _COMMENTED.sub("", block).splitlines() if line]

    def _blocks(self, language: str) -> list[str]:
        return [body for kind, body in _BLOCK.findall(self.text) if kind == language]


def runbook(path: Path) -> Runbook:
    """The page of that file."""
    return Runbook(path.stem, path.read_text())
