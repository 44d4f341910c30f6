"""Runs promtool on the rendered rules."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from tests.binary import Binary

Tests = dict[str, Any]


@dataclass(frozen=True)
class Promtool:
    """One promtool, and the folder with the rendered rules."""

    binary: str
    rendered: Path

    @classmethod
    def found(cls, rendered: Path) -> Self:
        """The testbed's, else that of the PATH; an AssertionError says what to do where there is none."""
        return cls(Binary.found("promtool").path, rendered)

    def check(self, rules: Path) -> str:
        """What `promtool check rules` has to say against the file; '' where nothing."""
        return self._run("check", "rules", "--lint=all", "--lint-fatal", str(rules))

    def test(self, tests: Tests, name: str) -> str:
        """What fails of these unit tests; '' where nothing. Their rule_files are names of rendered files."""
        written = self.rendered / f"{name}.tests.yaml"
        written.write_text(json.dumps({"group_eval_order": self._order(tests["rule_files"]), **tests}))
        return self._run("test", "rules", str(written))

    def _order(self, files: list[str]) -> list[str]:
        """The groups in the order of the files: a promtool that is not told takes any."""
        return [group["name"] for file in files for group in read(self.rendered / file)["groups"]]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr if done.returncode else ""


def read(path: Path) -> Any:
    """A file of YAML or JSON."""
    return yaml.safe_load(path.read_text())
