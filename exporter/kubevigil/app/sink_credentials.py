"""How the sidecar signs its requests: by the settings, read again now and then, since a mounted Secret changes."""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Final

from kubevigil.app.errors import Fault
from kubevigil.app.settings import Settings
from kubevigil.app.sources import SettingsError
from kubevigil.delivery.credentials import BadCredentials, Credentials
from kubevigil.model.clock import Monotonic

_log = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 15.0
"""How long credentials are used before the settings are read again; the kubelet takes up to a minute before that."""


def credentials_of(settings: Settings) -> Credentials:
    """What the settings say. Raises BadCredentials for what no header can hold, SettingsError without a package."""
    if settings.elasticsearch_username:
        return Credentials.basic(settings.elasticsearch_username, settings.elasticsearch_password.reveal())
    if settings.elasticsearch_api_key:
        return Credentials.api_key(settings.elasticsearch_api_key.reveal())
    if settings.elasticsearch_bearer_token:
        return Credentials.bearer(settings.elasticsearch_bearer_token.reveal())
    if settings.elasticsearch_aws_region:
        return _aws(settings.elasticsearch_aws_region, settings.elasticsearch_aws_service)
    return Credentials.none()


def _aws(region: str, service: str) -> Credentials:
    try:
        # Needs a package that only this way of signing wants, so it is not installed with the others.
        from kubevigil.delivery.aws import AwsSignature  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "botocore":
            raise
        advice = "signing for AWS needs the package botocore: pip install 'kubevigil[aws]'"
        raise SettingsError([Fault("elasticsearch.aws_region", "given", region, advice)]) from error
    return AwsSignature(region, service)


class FreshCredentials:
    """The credentials of `settings`, then those of `read`; what cannot be used leaves the old ones. Thread-safe.

    `read` may raise SettingsError. The constructor raises BadCredentials, and SettingsError for a missing package.
    """

    def __init__(self, settings: Settings, read: Callable[[], Settings], monotonic: Monotonic) -> None:
        self._read = read
        self._clock = monotonic
        self._lock = Lock()
        self._used = credentials_of(settings)
        self._until = monotonic() + AGAIN_SECONDS

    def __call__(self) -> Credentials:
        """Those to use now."""
        with self._lock:
            if self._clock() >= self._until:
                self._until = self._clock() + AGAIN_SECONDS
                self._renew()
            return self._used

    def _renew(self) -> None:
        try:
            self._used = _in_place_of(self._used, credentials_of(self._read()))
        except (SettingsError, BadCredentials) as error:
            _log.warning("credentials not read again, using the old ones", extra={"fields": {"error": str(error)}})


def _in_place_of(used: Credentials, fresh: Credentials) -> Credentials:
    """The fresh ones. Raises BadCredentials where there are none any more: a file can be empty for a moment."""
    if fresh.kind == "none" and used.kind != "none":
        raise BadCredentials("the settings have none any more")
    # Those for AWS know when to renew themselves, and what they know so far would be asked for again.
    return used if fresh == used else fresh
