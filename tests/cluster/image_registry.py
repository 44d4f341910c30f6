"""A registry of images on the loopback device, to be pulled from and nothing more (OCI distribution-spec, "Pull")."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

from testbed.images.archive import Blob, Image, described
from testbed.images.base import busybox_layer

_NAME = "tools"
_TAG = "1"


class _Registry(ThreadingHTTPServer):
    def __init__(self, contents: Mapping[str, Blob]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.contents = contents
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Registry

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        if (found := self._answer()) is not None:
            self.wfile.write(found.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        """Nothing: pytest's output is for failures."""

    def _answer(self) -> Blob | None:
        self.server.asked.append(self.path)
        found = self.server.contents.get(self.path)
        if found is None:
            self.send_response(HTTPStatus.NOT_FOUND)
            self.send_header("Content-Length", "0")
        else:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", found.descriptor["mediaType"])
            self.send_header("Content-Length", str(len(found.content)))
            self.send_header("Docker-Content-Digest", found.descriptor["digest"])
        self.end_headers()
        return found


class Registry(NamedTuple):
    """The name of its one image, a busybox, and the paths that it was asked for."""

    image: str
    asked: list[str]


@contextmanager
def serving() -> Iterator[Registry]:
    """It answers; afterwards nothing does. containerd speaks plain HTTP to the loopback device."""
    layers = (busybox_layer(),)
    # Unlike the node's own busybox: of an image that it pulled once, the kubelet trusts no other name any more.
    run = {"Env": ["PATH=/bin", f"FROM={_NAME}"], "Cmd": ["sh"]}
    manifest, config = described(Image(_NAME, layers, run))
    contents = {f"/v2/{_NAME}/blobs/{blob.descriptor['digest']}": blob for blob in (*layers, config)}
    contents |= {f"/v2/{_NAME}/manifests/{name}": manifest for name in (_TAG, manifest.descriptor["digest"])}
    with _Registry(contents) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
        thread.start()
        try:
            yield Registry(f"127.0.0.1:{server.server_port}/{_NAME}:{_TAG}", server.asked)
        finally:
            server.shutdown()
            thread.join()
