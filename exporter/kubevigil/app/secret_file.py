"""Reads a secret that stands in a file of its own, as Kubernetes mounts them. What it holds is in no message."""

from pathlib import Path
from typing import Final

from kubevigil.app.errors import AppError

VARIABLE_SUFFIX: Final = "_FILE"
"""`KUBEVIGIL_STORE_FILE` names the file that holds what `KUBEVIGIL_STORE` would."""

_MOST_BYTES: Final = 1 << 16


class Unreadable(AppError):
    """The file holds no secret that can be used; the message says why."""


def read(path: Path) -> str:
    """The file's text without line ends at its end, which editors put there. Raises Unreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"cannot be read ({why}); name a readable file that holds the value alone") from error
    if len(data) > _MOST_BYTES:
        raise Unreadable(f"larger than {_MOST_BYTES} bytes; is it the right file?")
    try:
        return data.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8 text; is it the right file?") from error
