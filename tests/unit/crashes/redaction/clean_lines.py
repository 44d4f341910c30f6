"""Lines without a secret, as common software prints them, the awkward ones among them. Made from a seed."""

import string
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

HEX = "0123456789abcdef"
SAFE = "bcdfghjklmnpqrstvwxz2456789"  # of which Kubernetes makes the ends of names

FIELDS: Final[dict[str, Callable[[Random], str]]] = {
    "time": lambda r: f"2026-11-{r.randint(10, 30)}T{clock(r)}.{r.randint(100, 999)}Z",
    "klog": lambda r: f"{r.choice('IWE')}1121 {clock(r)}.{r.randint(100000, 999999)} {r.randint(1000, 9999):7d}",
    "name": lambda r: r.choice(("web", "checkout", "ledger-db", "worker", "search-indexer", "report", "payments-api")),
    "ns": lambda r: r.choice(("shop", "payments", "kube-system", "default", "monitoring")),
    "pod": lambda r: f"{r.choice(('web', 'checkout', 'ledger'))}-{of(r, SAFE, 10)}-{of(r, SAFE, 5)}",
    "uid": lambda r: "-".join(of(r, HEX, n) for n in (8, 4, 4, 4, 12)),
    "sha": lambda r: of(r, HEX, 64),
    "git": lambda r: of(r, HEX, 40),
    "short": lambda r: of(r, HEX, 7),
    "trace": lambda r: of(r, HEX, 32),
    "span": lambda r: of(r, HEX, 16),
    "ptr": lambda r: "0xc000" + of(r, HEX, 6),
    "ip": lambda r: ".".join(str(r.randint(1, 254)) for _ in range(4)),
    "port": lambda r: str(r.randint(1024, 65535)),
    "n": lambda r: str(r.randint(0, 9999)),
    "big": lambda r: str(r.randint(10**9, 10**13)),
    "nanos": lambda r: "17" + of(r, string.digits, 17),
    "ms": lambda r: f"{r.randint(1, 999)}.{r.randint(0, 999):03d}",
    "ver": lambda r: f"{r.randint(0, 9)}.{r.randint(0, 30)}.{r.randint(0, 30)}",
    "line": lambda r: str(r.randint(10, 999)),
    "b64": lambda r: of(r, string.ascii_letters + string.digits + "+/", 86) + "==",
}


def clock(rng: Random) -> str:
    return f"{rng.randint(10, 23)}:{rng.randint(10, 59)}:{rng.randint(10, 59)}"


def of(rng: Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


SOFTWARE: Final = (Path(__file__).parent / "clean.txt").read_text("utf-8").splitlines()
"""Kinds of lines; `{pod}` is a field, `{{` a brace."""


def clean_lines(count: int, *, seed: int) -> list[str]:
    """So many lines; each kind about as often."""
    rng = Random(seed)
    return [SOFTWARE[i % len(SOFTWARE)].replace("\\t", "\t").format_map(_Fields(rng)) for i in range(count)]


class _Fields(dict[str, str]):
    def __init__(self, rng: Random) -> None:
        super().__init__()
        self._rng = rng

    def __missing__(self, field: str) -> str:
        return FIELDS[field](self._rng)
