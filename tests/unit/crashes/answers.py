"""Answers to a log request, as kubelets give them."""

from datetime import UTC, datetime

DIED = 1_790_000_000.0
"""Some whole second, in which the instance of these tests finished."""


def stamp(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def line(text: str | bytes, at: float = DIED) -> bytes:
    return f"{stamp(at)} ".encode() + (text.encode() if isinstance(text, str) else text) + b"\n"


def parted(text: bytes, size: int, *, each: bool, at: float = DIED) -> bytes:
    """A long line of parts of `size` bytes; `each` part with a stamp, as kubelets before late 2022 have it."""
    parts = [text[n : n + size] for n in range(0, len(text), size)]
    head = f"{stamp(at)} ".encode()
    return head + (head if each else b"").join(parts) + b"\n"
