"""What is to be set up, and the bodies that say so to each kind of server. Pure.

Bodies are written as the servers give them back, settings as text below `index`, so that the two can be compared.
"""

from typing import Any, Final

from msgspec import Struct

from kubevigil.delivery.indices import DEFAULT_PREFIX, checked_prefix
from kubevigil.delivery.setup.mapping import MAPPINGS

PRIORITY: Final = 200
"""Above that of Elasticsearch's own templates, 100."""

_ABOUT: Final = "Made by: kubevigil elasticsearch setup"


class Wanted(Struct, frozen=True):
    """The settings. `retention_days` 0 keeps indices for ever; `refresh_seconds` is when documents can be found."""

    prefix: str = DEFAULT_PREFIX
    retention_days: int = 30
    replicas: int = 1
    shards: int = 1
    refresh_seconds: int = 5

    def __post_init__(self) -> None:
        checked_prefix(self.prefix)

    @property
    def name(self) -> str:
        """Of the template and of the policy."""
        return self.prefix.rstrip("-._")

    @property
    def index_pattern(self) -> str:
        """What the names of the indices are like."""
        return f"{self.prefix}*"


def template(wanted: Wanted, *, has_ilm: bool) -> dict[str, Any]:
    """The composable index template; `has_ilm` where Elasticsearch's policy of that name is to be followed."""
    index: dict[str, Any] = {
        "number_of_shards": str(wanted.shards),
        "number_of_replicas": str(wanted.replicas),
        "refresh_interval": f"{wanted.refresh_seconds}s",
        "codec": "best_compression",
        # A value of another type than its field's is left unindexed; it does not cost the document.
        "mapping": {"ignore_malformed": "true"},
    }
    if has_ilm:
        index["lifecycle"] = {"name": wanted.name}
    return {
        "index_patterns": [wanted.index_pattern],
        "priority": PRIORITY,
        "template": {"settings": {"index": index}, "mappings": MAPPINGS},
        "_meta": {"description": _ABOUT},
    }


def ilm_policy(wanted: Wanted) -> dict[str, Any]:
    """Elasticsearch's: an index is deleted so many days after it was made."""
    phases = {"delete": {"min_age": f"{wanted.retention_days}d", "actions": {"delete": {}}}}
    return {"policy": {"phases": phases}}


def ism_policy(wanted: Wanted) -> dict[str, Any]:
    """OpenSearch's: the same; the plugin attaches it to new indices by its template."""
    days = f"{wanted.retention_days}d"
    return {
        "policy": {
            "description": _ABOUT,
            "default_state": "kept",
            "states": [
                {
                    "name": "kept",
                    "actions": [],
                    "transitions": [{"state_name": "deleted", "conditions": {"min_index_age": days}}],
                },
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
            ],
            "ism_template": [{"index_patterns": [wanted.index_pattern], "priority": PRIORITY}],
        }
    }
