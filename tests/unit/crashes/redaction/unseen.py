"""Lines on which the rules were not tuned: written when they were done, and kept apart.

There are two sets. The first was met once, and then rules were added for what it showed. The later one was met once and
nothing was changed after it: what it shows is what to expect of a log that nobody has thought of.
"""

import base64
import json
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote

from tests.unit.crashes.redaction.clean_lines import HEX, of
from tests.unit.crashes.redaction.planted import (
    ALNUM,
    PASSWORDS,
    VENDORS,
    WORD,
    Planted,
    jwt,
    secret_part,
    survives,
)

_HERE = Path(__file__).parent
FORMS: Final = [line.replace("\\n", "\n") for line in (_HERE / "unseen_secrets.txt").read_text("utf-8").splitlines()]
CLEAN: Final = (_HERE / "unseen_clean.txt").read_text("utf-8").splitlines()
"""A prefix tells whose line it is; it is cut off."""

LATER_FORMS: Final = (_HERE / "later_secrets.txt").read_text("utf-8").splitlines()
LATER_CLEAN: Final = [line.partition(": ")[2] for line in (_HERE / "later_clean.txt").read_text("utf-8").splitlines()]

PLACES: Final = ("{0},{0}", "<{}>", "| {} |", "x={};y=2", "\u00bb{}\u00ab", "http://h/p/{}?q", "a\t{}\tb", "`{}`")

NO_NAME: Final = frozenset(
    form
    for form in FORMS
    if form.startswith(
        ("echo", "Sec-WebSocket", "Login with", "Elasticsearch security", "rabbitmqctl", "imap", "AUTH PLAIN")
    )
)
"""Forms in which nothing next to the secret says that it is one: what is not found, as docs/redaction.md says."""


def unseen_secrets(seed: int) -> list[Planted]:
    """Each form with each kind of password; vendors' tokens under names and in places that no rule mentions."""
    rng = Random(seed)
    made = []
    for form in FORMS:
        for make in PASSWORDS.values():
            value = make(rng)
            value = quote(value, safe="") if "://" in form or "?" in form else value
            made.append(Planted(form, form.format(value), survives(form, value)))
    for kind, make in VENDORS.items():
        secret = make(rng)
        core = secret_part(kind, secret)
        made += [Planted(kind, place.format(secret), (core,)) for place in PLACES]
    return [*made, *_whole_texts(rng)]


def _whole_texts(rng: Random) -> list[Planted]:
    """Configurations and dumps of several lines."""
    password, token, bare = of(rng, ALNUM, 16), jwt(rng), of(rng, WORD, 40)
    data = base64.b64encode(of(rng, ALNUM, 24).encode()).decode()
    users = (
        f"- name: a\n  user:\n    token: {token}\n",
        f"- name: b\n  user:\n    password: {password}\n    username: b\n",
    )
    kubeconfig = f"users:\n{''.join(users)}"
    secret = f"kind: Secret\ndata:\n  password: {data}\n  api-key: {data}\n"
    dump = json.dumps(
        {"request": {"headers": [{"name": "X-Api-Key", "value": bare}, {"name": "Accept", "value": "*/*"}]}}
    )
    return [
        Planted("kubeconfig", kubeconfig, (token, password)),
        Planted("secret", secret, (data,)),
        Planted("har", dump, (bare,)),
    ]


def later_secrets(seed: int) -> list[Planted]:
    """Each form of the later set with each kind of password."""
    rng = Random(seed)
    made = []
    for form in LATER_FORMS:
        for make in PASSWORDS.values():
            value = quote(make(rng), safe="") if "://" in form else make(rng)
            made.append(Planted(form, form.replace("{}", value), (value,)))
    return made


def unseen_clean(rounds: int) -> list[str]:
    """Clean lines, each with a changing hash behind it."""
    rng = Random(5)
    return [f"{line.partition(': ')[2] or line} [{of(rng, HEX, 12)}]" for _ in range(rounds) for line in CLEAN]
