"""Signs requests for Amazon OpenSearch Service and OpenSearch Serverless, by AWS's own library (Signature Version 4).

Who signs is found as by all of AWS's tools: environment, web identity (a service account with a role), files,
containers' and machines' roles. Those that expire are renewed before they do. The only importer of botocore, which is
not installed with the others: who imports this module must expect it to be missing.
"""

import logging
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Any, Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from kubevigil.delivery.credentials import Credentials, Request
from kubevigil.delivery.errors import RefusedCredentials
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic
from kubevigil.model.wording import one_line

_log = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 60.0
"""How long keys that do not expire are used before they are looked for again, since a mounted Secret changes."""

_SERVERLESS: Final = "aoss"
_BODY_HASH: Final = "X-Amz-Content-SHA256"
_ADDED: Final = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token", _BODY_HASH)
_ASKING_FOR_KEYS: Final = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
"""Seconds; botocore's own minutes would hold up a sidecar that is to stop."""

_FAILURES: Final = (BotoCoreError, ClientError, OSError, RuntimeError, ValueError)
"""What botocore raises when it looks for keys: also RuntimeError, for keys that have expired when they come."""

# At debug it logs what it signs and what it is given, keys and tokens among it; what goes wrong is told here.
logging.getLogger("botocore").setLevel(logging.CRITICAL)


class AwsSignature(Credentials):
    """A signature of each request, for one region and one service (`es`, `aoss`). Thread-safe.

    Nothing is looked for before the first request.
    """

    __slots__ = ("_again_at", "_keys", "_lock", "_monotonic", "_place")

    def __init__(self, region: str, service: str, *, monotonic: Monotonic = clock.monotonic) -> None:
        super().__init__("AWS signature", "")
        self._place = (region, service)
        self._monotonic = monotonic
        self._lock = Lock()
        self._keys: Any = None
        self._again_at = 0.0

    @property
    def signs_for_aws(self) -> bool:
        """Always."""
        return True

    def headers_for(self, request: Request) -> Mapping[str, str]:
        """The signature of this request at this moment. Raises RefusedCredentials where nobody is found to sign it."""
        region, service = self._place
        signed = AWSRequest(request.method, request.url, request.headers, request.body)
        if service == _SERVERLESS:  # which asks for it; the service for domains does not
            signed.headers[_BODY_HASH] = sha256(request.body).hexdigest()
        SigV4Auth(self._frozen_keys(), service, region).add_auth(signed)
        return {name: signed.headers[name] for name in _ADDED if name in signed.headers}

    def __eq__(self, other: object) -> bool:
        return self._place == other._place if isinstance(other, AwsSignature) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._place)

    def _frozen_keys(self) -> Any:
        try:
            return self._found_keys().get_frozen_credentials()
        except _FAILURES as error:
            raise RefusedCredentials(f"no AWS credentials to sign with: {_words(error)}") from error

    def _found_keys(self) -> Any:
        with self._lock:
            if self._keys is None:
                self._keys = self._found()
            elif self._monotonic() >= self._again_at and not isinstance(self._keys, RefreshableCredentials):
                self._look_again()
            return self._keys

    def _found(self) -> Any:
        self._again_at = self._monotonic() + AGAIN_SECONDS
        session = Session()
        session.set_config_variable("region", self._place[0])
        session.set_default_client_config(_ASKING_FOR_KEYS)
        found = session.get_credentials()
        if found is None:
            raise RefusedCredentials(
                "no AWS credentials to sign with: neither environment, web identity, files nor a role of the machine "
                "has any"
            )
        return found

    def _look_again(self) -> None:
        """What cannot be used leaves the old ones; so does another source: a file can be missing for a moment."""
        try:
            found = self._found()
        except (*_FAILURES, RefusedCredentials) as error:
            fields = {"error": _words(error)}
            _log.warning("AWS credentials not read again, using the old ones", extra={"fields": fields})
            return
        if found.method == self._keys.method:
            self._keys = found


def _words(error: Exception) -> str:
    return one_line(str(error) or type(error).__name__)
