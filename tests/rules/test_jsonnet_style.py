"""The mixin's files are formatted as jsonnetfmt does by default, and jsonnet-lint finds nothing in them."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.chart.binaries import Binaries

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "mixin.libsonnet",
    *sorted(path for folder in ("rules", "dashboards") for path in ROOT.glob(f"{folder}/**/*.libsonnet")),
]


@pytest.fixture(scope="module")
def binaries() -> Binaries:
    return Binaries.found()


def run(program: str, *arguments: str, files: Sequence[Path]) -> tuple[int, str]:
    """The code, and what the program says."""
    command: list[str | Path] = [program, *arguments, "--", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_every_file_is_formatted(binaries: Binaries) -> None:
    code, said = run(binaries["jsonnetfmt"], "--test", files=FILES)
    assert (code, said.splitlines()) == (0, []), "run jsonnetfmt --in-place on these"


def test_the_linter_finds_nothing(binaries: Binaries) -> None:
    assert run(binaries["jsonnet-lint"], files=FILES) == (0, "")


def test_both_notice_what_is_wrong(binaries: Binaries, tmp_path: Path) -> None:
    bad = tmp_path / "bad.libsonnet"
    bad.write_text('local unused = 1;\n{ "a":2 }\n', encoding="utf-8")
    assert run(binaries["jsonnetfmt"], "--test", files=[bad])[0] != 0
    code, said = run(binaries["jsonnet-lint"], files=[bad])
    assert (code, "unused" in said.lower()) == (2, True)
