"""The values under `config`: the exporter's settings, as fragments of JSON Schema derived from their declarations."""

import re
from collections.abc import Mapping
from typing import Final

from charts.generate.shapes import Fragment, one_of, several, text, whole

from kubevigil.app.declaring import Key
from kubevigil.app.settings import KEYS
from kubevigil.crashes.redaction.builtin import DETECTORS

DECIDED: Final[Mapping[str, str]] = {
    "kubeconfig": "in a cluster the pod's own account is used",
    "context": "the same",
    "namespaces": "the value `namespaces`, which makes the roles too",
    "listen": "fixed to :8080; `service.port` is what others see",
    "data_dir": "fixed to where the data volume is mounted",
    "store": "may hold a password: `store.existingSecret`",
    "web.config_file": "`web.existingSecret`",
    "elasticsearch.username": "`elasticsearch.username`, or the key `username` of `elasticsearch.existingSecret`",
    "elasticsearch.password": "a secret: `elasticsearch.existingSecret`",
    "elasticsearch.api_key": "a secret: `elasticsearch.existingSecret`, with `elasticsearch.auth: apiKey`",
    "elasticsearch.bearer_token": "a secret: `elasticsearch.existingSecret`, with `elasticsearch.auth: bearerToken`",
    "elasticsearch.ca_file": "`elasticsearch.ca.existingSecret`",
    "ship.listen": "fixed to :8081; `service.shipPort` is what others see",
    "healthchecks": "the value `healthchecks.enabled`, which makes the rights too",
    "checks.rbac": "`healthchecks.rights.level`, which makes the rights too",
    "checks.templates_dir": "`healthchecks.templates.existingConfigMap`, which is mounted",
}
"""Settings that `config` cannot hold, and what stands in for each."""

CONFIGURABLE: Final[Mapping[str, Key]] = {name: key for name, key in KEYS.items() if name not in DECIDED}
"""Settings that `config` can hold, in the order of their declaration."""

_GLOB: Final = r"[a-zA-Z0-9.*?\[\]!_-]{1,253}"
_DURATION: Final = "([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,9}([.][0-9]{1,3})?s)?"
_HOST: Final = r"[a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\]"
_PATH: Final = "(/[a-zA-Z0-9_~-][a-zA-Z0-9._~-]*)*/?"
_URL: Final = f"https?://({_HOST})(:[0-9]{{0,5}})?{_PATH}"
_WITH_A_USER: Final = ".*@.*"
"""A template refuses these: Helm shows what a schema refuses."""

_DATA_STREAMS: Final = "^(logs|metrics|synthetics|profiling|security_solution)-"
_BOUNDS: Final = re.compile(r"([0-9]+) to ([0-9]+)")
_LABEL: Final = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_LABEL_OF_A_HOST: Final = "[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_BY_WORD: Final[Mapping[str, Fragment]] = {
    "NAME": text(r"\S|\S.*\S", maxLength=253),
    "TEXT": text(r"[^\x00-\x1f\x7f]*"),
    "GLOBS": several(text(_GLOB)),
    "DURATION": text(_DURATION, minLength=1),
    "URLS": several(text(f"|{_URL}|{_WITH_A_USER}")),
    "PREFIX": text("[a-z0-9][a-z0-9._-]{0,244}", **{"not": {"pattern": _DATA_STREAMS}}),
    "REGION": text("([a-z]{2,12}(-[a-z0-9]{1,12}){1,5})?"),
    "SIZE": text("[0-9]{1,9}([KMGT]i)?B"),
    "NAMES": several(one_of(*DETECTORS)),
    "NAMESPACES": several(text(_LABEL)),
    "LEASE": text(r"[^\x00-\x1f\x7f]*"),  # a template refuses what is none, in better words
    "ID": text("([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?"),
    "HOSTS": several(text(rf"([*][.])?{_LABEL_OF_A_HOST}([.]{_LABEL_OF_A_HOST})*")),
    "ACCOUNTS": several(text("[-a-z0-9*]{1,63}/[-a-z0-9.*]{1,253}")),
    "NAME=PATTERN": several(text("[a-z][a-z0-9_]{0,31}=.+")),
}


def fragment(key: Key) -> Fragment:
    """What the setting may be. Raises ValueError for a kind that this module does not know yet."""
    kind = key.kind
    bounds = _BOUNDS.search(kind.allowed)
    if "|" in kind.word:
        return one_of(*kind.word.split("|"))
    if kind.word == "NUMBER" and bounds:
        return whole(int(bounds[1]), int(bounds[2]))
    if kind.word not in _BY_WORD:
        raise ValueError(f"setting {key.name}: no shape for {kind.word} ({kind.allowed}); add one to {__name__}")
    return _BY_WORD[kind.word]


def description(key: Key) -> str:
    """The setting's help as a sentence, and what is allowed, for its shape cannot say it all."""
    return f"{key.help[0].upper()}{key.help[1:]}. Allowed: {allowed(key)}."


def allowed(key: Key) -> str:
    """What is allowed, in words. Of the two forms of a list the chart takes the one that YAML has for it."""
    return key.kind.allowed.replace("with commas between, or a list", "as a list")
