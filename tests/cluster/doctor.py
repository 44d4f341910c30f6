"""`kubevigil doctor` as an administrator runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

Status = Mapping[str, str]
"""By check."""

_WELL: Final = {"ok", "skipped"}


class Answer(NamedTuple):
    """One line of it."""

    check: str
    status: str
    detail: str
    fix: str


class Doctor:
    """Always with the same flags."""

    def __init__(self, kubeconfig: Path, *flags: str) -> None:
        self._command = [sys.executable, "-m", "kubevigil", "doctor", f"--kubeconfig={kubeconfig}", *flags]

    def answers(self, *words: str) -> list[Answer]:
        """All of them; the exit code fits them."""
        command = [*self._command, "--json", *words]
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False, timeout=420)
        assert done.returncode in {0, 1}, done.stderr
        answers = [Answer(**each) for each in json.loads(done.stdout)]
        assert done.returncode == int(any(each.status == "fail" for each in answers)), answers
        assert all(each.fix for each in answers if each.status not in _WELL), answers
        return answers

    def amiss(self) -> list[Answer]:
        """What is not well."""
        return [each for each in self.answers() if each.status not in _WELL]

    def shown(self, *words: str) -> str:
        """What a person sees."""
        return subprocess.run(
            [*self._command, *words], env=_environment(), capture_output=True, text=True, check=False, timeout=420
        ).stdout


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
