"""An image with what the ready-made checks run: busybox, kubectl, and the machine's curl with its libraries."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from testbed.images.archive import Entry, Image, layer, write
from testbed.images.base import busybox_layer

from .cluster import TESTBED

TOOLS = "kubevigil.test/tools:1"


def import_tools(folder: Path) -> None:
    """Makes it, and gives it to the node."""
    archive = folder / "tools.tar"
    programs = layer([*_binary("kubectl"), *_binary("curl")])
    write(archive, [Image(TOOLS, (busybox_layer(), programs), {"Env": ["PATH=/bin"], "Cmd": ["sh"]})])
    subprocess.run([TESTBED / "cluster/import-image", archive], check=True, timeout=120)


def _binary(name: str) -> Iterator[Entry]:
    """A program of the machine in /bin, and each library that it is linked with, where it is looked for."""
    program = shutil.which(name)
    assert program, f"the machine has no {name}"
    yield Entry(f"bin/{name}", Path(program).read_bytes(), mode=0o755)
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)  # fails for a static one
    for library in re.findall(r"(/\S+) \(0x", linked.stdout):
        yield Entry(library.lstrip("/"), Path(library).read_bytes(), mode=0o755)
