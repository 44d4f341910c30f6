"""What is asked of an API server: the parts of one HTTP request that a caller decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

GET: Final = "GET"


@dataclass(frozen=True, slots=True)
class Request:
    """`query` is not yet encoded; a `body` comes with its `content_type`."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = GET
    body: bytes | None = field(default=None, repr=False)
    """An object may hold what is nobody's business."""
    content_type: str = ""
