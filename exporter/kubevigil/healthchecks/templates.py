"""The text of a check's workflow: from the check itself, a mounted file or, where that is allowed, an address."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import BadTemplate
from kubevigil.healthchecks.spec import File, Inline, Source, Url

LONGEST: Final = 1024 * 1024
"""Bytes of a template; etcd takes no larger object anyway."""

Parse = Callable[[bytes], object]
"""Reads YAML safely. Raises ValueError with a text for people."""

Fetch = Callable[[str, bool], bytes]
"""Gets an address, verifying its certificate or not. Raises ValueError with a text for people."""


class NotNow(Exception):
    """The template cannot be had at the moment; later it may."""


@dataclass(frozen=True, slots=True)
class Templates:
    """Where templates come from.

    `folder` holds what `file.path` may name, None for nothing; `fetch` is None where addresses are not allowed.
    """

    parse: Parse
    folder: Path | None = None
    fetch: Fetch | None = None

    def of(self, source: Source) -> object:
        """The template, parsed. Raises BadTemplate or NotNow."""
        match source:
            case Inline(text):
                return self._parsed(text.encode("utf-8", "surrogateescape"), "source.inline")
            case File(path):
                return self._parsed(self._read(path), "source.file.path")
            case Url(address, verify):
                return self._parsed(self._fetched(address, verify=verify), "source.url.path")

    def _parsed(self, text: bytes, path: str) -> object:
        if len(text) > LONGEST:
            raise BadTemplate(Finding(path, f"has {len(text):,} bytes; {LONGEST:,} are the most"))
        try:
            return self.parse(text)
        except ValueError as error:
            raise BadTemplate(Finding(path, f"is no YAML: {error}")) from error

    def _read(self, path: str) -> bytes:
        if self.folder is None:
            raise BadTemplate(Finding("source.file.path", "is not allowed here: checks.templates_dir is not set"))
        root = self.folder.resolve()
        try:
            wanted = (root / path).resolve()
            if not wanted.is_relative_to(root):
                raise BadTemplate(Finding("source.file.path", f"{path!r} leads out of {root}"))
            with wanted.open("rb") as file:
                return file.read(LONGEST + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise BadTemplate(Finding("source.file.path", f"{path!r} cannot be read: {why}")) from error

    def _fetched(self, address: str, *, verify: bool) -> bytes:
        if self.fetch is None:
            raise BadTemplate(Finding("source.url", "is not allowed here: checks.url_hosts names no host"))
        try:
            return self.fetch(address, verify)
        except ValueError as error:
            raise BadTemplate(Finding("source.url.path", str(error))) from error
