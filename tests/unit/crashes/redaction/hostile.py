"""Units which, repeated, make naive patterns slow: what patterns begin with, and what they may go on with."""

import ast
from pathlib import Path
from typing import Final

_UNITS = (Path(__file__).parent / "hostile.txt").read_text("utf-8").splitlines()
HOSTILE: Final[dict[str, str]] = {line: ast.literal_eval(line) for line in _UNITS}
"""By how Python writes it."""

_NAMES = (
    *(
        "password",
        "PASS",
        "pass",
        "pwd",
        "secret",
        "token",
        "next_token",
        "unexpected token",
        "api_key",
        "cache_key",
        "credential",
    ),
    *(
        "auth",
        "sessionid",
        "otp",
        "cvv",
        "authorization",
        "proxy-authorization: digest a",
        "cookie",
        "set-cookie: path",
        "bearer",
    ),
    *("-u a", "sshpass -p", "mysql -p", "redis-cli -a", "AccountKey"),
)
_ASSIGNING = (
    "=",
    ": ",
    ":",
    "='",
    '="',
    '=\\"',
    '\\\\\\":\\"',
    " ",
    " '",
    "%3d",
    ">",
    ",'",
    " is ",
    "=[",
    "=a1 ",
    ": Aa:",
    "=a1.",
    "=../",
    "=a,",
)
HOSTILE.update({repr(name + how): name + how for name in _NAMES for how in _ASSIGNING})


def of_length(unit: str, length: int) -> str:
    """The unit repeated, cut to the length."""
    return (unit * (length // len(unit) + 1))[:length]
