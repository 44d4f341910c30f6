"""Runs a program of the testbed's."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_BUILD = Path(__file__).parents[1] / "testbed/build"


@dataclass(frozen=True)
class Binary:
    """A program, by its path."""

    path: str

    @classmethod
    def found(cls, name: str) -> Self:
        """The testbed's, else that of the PATH; an AssertionError says what to do where there is none."""
        said = subprocess.run([_BUILD, "--path"], capture_output=True, text=True, check=False)
        program = shutil.which(name, path=os.pathsep.join([said.stdout.strip(), os.environ["PATH"]]))
        assert program, f"no {name}: run `testbed/build {name}`, or put one on the PATH"
        return cls(program)

    def wrong(self, *arguments: str) -> str:
        """What it prints where it fails; '' where it does not."""
        done = subprocess.run([self.path, *arguments], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr if done.returncode else ""
