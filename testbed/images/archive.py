"""OCI archives: images from bytes in memory, no registry and no Docker.

An image is a tar of files, a tar is named by its SHA-256, and two JSON texts say so (OCI image-spec: image-layout,
manifest, config). The same input gives the same bytes. `ctr images import` reads the result.
"""

import hashlib
import io
import json
import platform
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
LAYER = "application/vnd.oci.image.layer.v1.tar"


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


class Image(NamedTuple):
    """A name with its tag, layers (uncompressed, the lowest first), and how it runs (OCI config: Env, Cmd, User...)."""

    name: str
    layers: tuple[Blob, ...]
    run: dict[str, Any]


def tar_of(entries: Iterable[Entry]) -> bytes:
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


def blob(media_type: str, content: bytes) -> Blob:
    """The content with its descriptor."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Blob(content, {"mediaType": media_type, "digest": digest, "size": len(content)})


def layer(entries: Iterable[Entry]) -> Blob:
    """A layer of a file system."""
    return blob(LAYER, tar_of(entries))


def json_blob(kind: str, content: dict[str, Any]) -> Blob:
    """A manifest or a config."""
    return blob(f"application/vnd.oci.image.{kind}.v1+json", json.dumps(content).encode())


def described(image: Image) -> tuple[Blob, Blob]:
    """Its manifest and its config."""
    layers = [one.descriptor for one in image.layers]
    config = json_blob(
        "config",
        {
            "architecture": ARCHITECTURES[platform.machine()],
            "os": "linux",
            "config": image.run,
            "rootfs": {"type": "layers", "diff_ids": [descriptor["digest"] for descriptor in layers]},
        },
    )
    return json_blob("manifest", {"schemaVersion": 2, "config": config.descriptor, "layers": layers}), config


def archive(images: Iterable[Image]) -> bytes:
    """All images in one image layout, each named by an annotation that containerd's import understands."""
    blobs: dict[str, Blob] = {}
    manifests = []
    for image in images:
        manifest, config = described(image)
        blobs |= {part.descriptor["digest"]: part for part in (*image.layers, config, manifest)}
        manifests.append(manifest.descriptor | {"annotations": {"io.containerd.image.name": image.name}})
    index = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    contents = [part.entry() for part in blobs.values()]
    return tar_of([Entry("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'), Entry("index.json", index), *contents])


def write(target: Path, images: Iterable[Image]) -> None:
    """The archive at that place; one that is not complete never has the name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as unfinished:
        unfinished.write(archive(images))
    Path(unfinished.name).rename(target)
