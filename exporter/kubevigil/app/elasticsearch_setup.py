"""Sets up the Elasticsearch or OpenSearch of the settings: the indices' template, and how long they are kept."""

from contextlib import closing
from typing import Final

from kubevigil import __version__
from kubevigil.app.errors import Fault
from kubevigil.app.settings import Settings
from kubevigil.app.sink_credentials import credentials_of
from kubevigil.app.sources import SettingsError
from kubevigil.delivery.client import Client
from kubevigil.delivery.setup.applying import Report, set_up
from kubevigil.delivery.setup.wanted import Wanted

_DAY: Final = 86_400


def set_up_elasticsearch(settings: Settings, *, dry_run: bool) -> Report:
    """Does it, or with `dry_run` looks what is to be done.

    Raises SettingsError without hosts, BadCredentials for what no header can hold, DeliveryError.
    """
    require_hosts(settings)
    wanted = Wanted(
        prefix=settings.elasticsearch_index,
        retention_days=int(settings.elasticsearch_retention // _DAY),
        replicas=settings.elasticsearch_replicas,
    )
    with closing(client_for_now(settings)) as client:
        return set_up(client, wanted, dry_run=dry_run)


def client_for_now(settings: Settings) -> Client:
    """Signs by the settings as they are now, for what ends soon; to be closed. Raises as `credentials_of`."""
    credentials = credentials_of(settings)
    return Client(
        settings.elasticsearch_hosts,
        credentials=lambda: credentials,
        ca_file=settings.elasticsearch_ca_file,
        user_agent=f"kubevigil/{__version__}",
    )


def require_hosts(settings: Settings) -> None:
    """Raises SettingsError where the settings name no server."""
    if not settings.elasticsearch_hosts:
        raise SettingsError([Fault("elasticsearch.hosts", "default", None, "needed here: the URLs to send crashes to")])
