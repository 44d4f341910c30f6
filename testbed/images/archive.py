#!/usr/bin/env python3
"""testbed/images/archive.py OUT: writes the testbed's images as one OCI archive, from Debian's static busybox.

No registry and no Docker: an image is a tar of files, a tar is named by its SHA-256, and two JSON texts say so
(OCI image-spec: image-layout, manifest, config). Both images share one layer and differ in what they run: `busybox`
is what the manifests use, `pause` holds a pod's network. The same input gives the same bytes.
"""

import hashlib
import io
import json
import platform
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

BUSYBOX = Path("/bin/busybox")
IMAGES = {
    "kubevigil.test/busybox:1": ["sh"],
    "kubevigil.test/pause:1": ["tail", "-f", "/dev/null"],
}
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
LAYER = "application/vnd.oci.image.layer.v1.tar"
USERS = b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"


class Entry(NamedTuple):
    """A file with content, a link with a target, or a folder with neither."""

    path: str
    content: bytes | None = None
    target: str = ""
    mode: int = 0o644


class Blob(NamedTuple):
    """A content and what refers to it (OCI: a descriptor)."""

    content: bytes
    descriptor: dict[str, Any]

    def entry(self) -> Entry:
        """Where an image layout keeps it."""
        return Entry(f"blobs/{self.descriptor['digest'].replace(':', '/')}", self.content)


def tar_of(entries: list[Entry]) -> bytes:
    """The entries in their order, without owners and times."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for entry in entries:
            header = tarfile.TarInfo(entry.path)
            header.mode, header.linkname, header.size = entry.mode, entry.target, len(entry.content or b"")
            if entry.content is None:
                header.type = tarfile.SYMTYPE if entry.target else tarfile.DIRTYPE
            tar.addfile(header, io.BytesIO(entry.content or b""))
    return buffer.getvalue()


def busybox_layer() -> bytes:
    """A root file system: busybox, a link for each of its commands, and the folders that programs expect."""
    listed = subprocess.run([BUSYBOX, "--list"], check=True, capture_output=True, text=True)
    commands = sorted(set(listed.stdout.split()) - {"busybox"})
    return tar_of(
        [
            Entry("bin", mode=0o755),
            Entry("etc", mode=0o755),
            Entry("tmp", mode=0o1777),
            Entry("etc/passwd", USERS),
            Entry("bin/busybox", BUSYBOX.read_bytes(), mode=0o755),
            *(Entry(f"bin/{command}", target="busybox") for command in commands),
        ]
    )


def blob(media_type: str, content: bytes) -> Blob:
    """The content with its descriptor."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Blob(content, {"mediaType": media_type, "digest": digest, "size": len(content)})


def json_blob(kind: str, content: dict[str, Any]) -> Blob:
    """A manifest or a config."""
    return blob(f"application/vnd.oci.image.{kind}.v1+json", json.dumps(content).encode())


def image(layer: Blob, command: list[str]) -> tuple[Blob, Blob]:
    """Its manifest and its config."""
    config = json_blob(
        "config",
        {
            "architecture": ARCHITECTURES[platform.machine()],
            "os": "linux",
            "config": {"Env": ["PATH=/bin"], "Cmd": command},
            "rootfs": {"type": "layers", "diff_ids": [layer.descriptor["digest"]]},
        },
    )
    parts = {"schemaVersion": 2, "config": config.descriptor, "layers": [layer.descriptor]}
    return json_blob("manifest", parts), config


def archive() -> bytes:
    """All images in one image layout, each named by an annotation that containerd's import understands."""
    layer = blob(LAYER, busybox_layer())
    entries, manifests = [layer.entry()], []
    for name, command in IMAGES.items():
        manifest, config = image(layer, command)
        entries += [config.entry(), manifest.entry()]
        manifests.append(manifest.descriptor | {"annotations": {"io.containerd.image.name": name}})
    index = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    return tar_of([Entry("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'), Entry("index.json", index), *entries])


def main() -> None:
    """Writes OUT; an archive that is not complete never has the name."""
    target = Path(sys.argv[1])
    unfinished = target.with_suffix(".new")
    unfinished.write_bytes(archive())
    unfinished.rename(target)


if __name__ == "__main__":
    main()
