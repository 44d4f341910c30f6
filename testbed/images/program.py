"""python3 -m testbed.images.program OUT IMAGE BINARY: an image of one static binary and nothing else.

It runs as nobody; what it shall do, a pod gives as arguments.
"""

import sys
from pathlib import Path

from .archive import Entry, Image, layer, write

NOBODY = "65534:65534"


def image_of(name: str, binary: Path) -> Image:
    """The binary as /bin/<its name>, which is what the image runs."""
    place = f"bin/{binary.name}"
    files = layer([Entry("bin", mode=0o755), Entry(place, binary.read_bytes(), mode=0o755)])
    return Image(name, (files,), {"Entrypoint": [f"/{place}"], "User": NOBODY})


def main() -> None:
    """Writes OUT."""
    out, name, binary = sys.argv[1:]
    write(Path(out), [image_of(name, Path(binary))])


if __name__ == "__main__":
    main()
