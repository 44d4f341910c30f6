"""Takes away what no check needs any more: what checks told as metrics, and the rights that were made for them.

Both loops belong to the process that leads, and do nothing before it sees all checks: what it does not see it takes
for gone.
"""

import logging
from collections.abc import Callable
from threading import Event
from typing import Final

from kubevigil.app.check_rights import Rights
from kubevigil.healthchecks.custom_keeper import Keeper
from kubevigil.healthchecks.picture import Picture
from kubevigil.kube.errors import KubeError

_log = logging.getLogger(__name__)

_EVERY: Final = 60.0
"""Seconds."""


class Tidying:
    """The loops. `may` says whether this process leads at this moment, and sees all checks."""

    def __init__(self, picture: Picture, keeper: Keeper, rights: Rights, may: Callable[[], bool]) -> None:
        self._picture = picture
        self._keeper = keeper
        self._rights = rights
        self._may = may

    def metrics(self, stop: Event) -> None:
        """Metrics go with their checks, and what the store did not take is tried again."""
        while not stop.wait(_EVERY):
            if self._may():
                self._keeper.tidy([check.meta.uid for check in self._picture.checks()])

    def rights(self, stop: Event) -> None:
        """Rights go with the checks that asked for them, also what another exporter of ours left so."""
        while not stop.is_set():
            if self._may():
                try:
                    self._rights.tidy()
                except KubeError as error:
                    _log.warning("rights of checks not taken away", extra={"fields": {"error": str(error)}})
            stop.wait(_EVERY)
