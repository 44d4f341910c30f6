"""Where the programs are that these tests run."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

BUILD = Path(__file__).parents[2] / "testbed" / "build"


@dataclass(frozen=True)
class Binaries:
    """Programs by name, from the testbed's folder first, then from the PATH."""

    path: str

    @classmethod
    def found(cls) -> Self:
        said = subprocess.run([BUILD, "--path"], capture_output=True, text=True, check=False)
        return cls(os.pathsep.join([said.stdout.strip(), os.environ["PATH"]]))

    def __getitem__(self, name: str) -> str:
        program = shutil.which(name, path=self.path)
        assert program, f"no {name}: run `testbed/build {name}`, or put one on the PATH"
        return program
