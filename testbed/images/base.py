"""python3 -m testbed.images.base OUT: the images that every testbed has, from Debian's static busybox.

Both share one layer and differ in what they run: `busybox` is what the manifests use, `pause` holds a pod's network.
"""

import subprocess
import sys
from pathlib import Path

from .archive import Blob, Entry, Image, layer, write

BUSYBOX = Path("/bin/busybox")
COMMANDS = {
    "kubevigil.test/busybox:1": ["sh"],
    "kubevigil.test/pause:1": ["tail", "-f", "/dev/null"],
}
USERS = b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"


def busybox_layer() -> Blob:
    """A root file system: busybox, a link for each of its commands, and the folders that programs expect."""
    listed = subprocess.run([BUSYBOX, "--list"], check=True, capture_output=True, text=True)
    commands = sorted(set(listed.stdout.split()) - {"busybox"})
    return layer(
        [
            Entry("bin", mode=0o755),
            Entry("etc", mode=0o755),
            Entry("tmp", mode=0o1777),
            Entry("etc/passwd", USERS),
            Entry("bin/busybox", BUSYBOX.read_bytes(), mode=0o755),
            *(Entry(f"bin/{command}", target="busybox") for command in commands),
        ]
    )


def main() -> None:
    """Writes OUT."""
    layers = (busybox_layer(),)
    write(
        Path(sys.argv[1]),
        [Image(name, layers, {"Env": ["PATH=/bin"], "Cmd": command}) for name, command in COMMANDS.items()],
    )


if __name__ == "__main__":
    main()
