"""What stands before a server at AWS: it signs each request once more by itself, and refuses one that differs.

Written from AWS's description of Signature Version 4, without the library that signs, and proven by the same vectors.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit

from kubevigil.model import clock
from tests.unit.delivery.server import Asked, Reply

SKEW = timedelta(minutes=5)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_SAFE = "-_.~"
_AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})")
_DATE = "%Y%m%dT%H%M%SZ"
_BODY_HASH = "x-amz-content-sha256"


@dataclass(frozen=True)
class Key:
    secret: str
    token: str = ""
    """The session's, where the key is a temporary one."""

    expires: datetime = NEVER


class Refused(Exception):
    """AWS's words."""


def _utc_now() -> datetime:
    return datetime.fromtimestamp(clock.wall(), UTC)


@dataclass
class Verifier:
    """One region and service. `keys` are those that may sign; `bodies` and `signatures` are of what passed."""

    keys: dict[str, Key]
    region: str = "eu-west-1"
    service: str = "es"
    now: Callable[[], datetime] = _utc_now
    reply: Callable[[Asked], Reply] = lambda _: Reply(body=b'{"items":[]}')
    wants_body_hash: bool = False
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        try:
            signature = self.verify(asked)
        except Refused as error:
            return Reply(403, json.dumps({"message": str(error)}).encode(), {"x-amzn-ErrorType": "Refused"})
        self.signatures.append(signature)
        self.bodies.append(asked.body)
        return self.reply(asked)

    def verify(self, asked: Asked) -> str:
        """The signature, if it is right. Raises Refused."""
        headers = {name.lower(): value for name, value in asked.headers.items()}
        found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if found is None:
            raise Refused("Missing Authentication Token")
        credential, names, signature = found.groups()
        access_key, *scope = credential.split("/")
        moment = headers.get("x-amz-date", "")
        self._judge_moment(moment)
        if scope != [moment[:8], self.region, self.service, "aws4_request"]:
            raise Refused(f"Credential should be scoped to region {self.region} and service {self.service}")
        key = self._key(access_key, headers)
        self._judge_headers(names.split(";"), headers, asked.body)
        canonical = canonical_request(asked, names.split(";"))
        if not hmac.compare_digest(signature, signed(key.secret, scope, moment, canonical)):
            raise Refused(f"{MISMATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'")
        return signature

    def _judge_moment(self, moment: str) -> None:
        try:
            said = datetime.strptime(moment, _DATE).replace(tzinfo=UTC)
        except ValueError:
            raise Refused("Date must be in ISO-8601 'basic format'") from None
        now = self.now()
        if abs(now - said) > SKEW:
            word = "expired" if said < now else "not yet current"
            raise Refused(f"Signature {word}: {moment} is not within 5 min. of {now.strftime(_DATE)}")

    def _key(self, access_key: str, headers: Mapping[str, str]) -> Key:
        key = self.keys.get(access_key)
        if key is None:
            raise Refused("The security token included in the request is invalid.")
        if headers.get("x-amz-security-token", "") != key.token:
            raise Refused("The security token included in the request is invalid.")
        if self.now() >= key.expires:
            raise Refused("The security token included in the request is expired")
        return key

    def _judge_headers(self, names: list[str], headers: Mapping[str, str], body: bytes) -> None:
        needed = {"host", "x-amz-date"} | ({"x-amz-security-token"} & headers.keys())
        if self.wants_body_hash:
            needed.add(_BODY_HASH)
        if not needed <= set(names) or not set(names) <= headers.keys():
            raise Refused(f"these headers must be there and signed: {', '.join(sorted(needed))}")
        if _BODY_HASH in headers and headers[_BODY_HASH] != sha256(body).hexdigest():
            raise Refused("The provided 'x-amz-content-sha256' header does not match what was computed.")


MISMATCH = "The request signature we calculated does not match the signature you provided."


def canonical_request(asked: Asked, names: list[str]) -> str:
    """The request in the one form in which both sides sign it; the body by its hash."""
    headers = {name.lower(): " ".join(value.split()) for name, value in asked.headers.items()}
    parts = urlsplit(asked.path)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(f"{name}={value}" for name, value in sorted((_encoded(n), _encoded(v)) for n, v in pairs))
    lines = [asked.method, quote(parts.path, safe="/" + _SAFE) or "/", query]
    lines += [f"{name}:{headers[name]}" for name in sorted(names)]
    return "\n".join([*lines, "", ";".join(sorted(names)), sha256(asked.body).hexdigest()])


def signed(secret: str, scope: list[str], moment: str, canonical: str) -> str:
    """The signature of a canonical request."""
    key = f"AWS4{secret}".encode()
    for word in scope:
        key = hmac.digest(key, word.encode(), "sha256")
    text = "\n".join(["AWS4-HMAC-SHA256", moment, "/".join(scope), sha256(canonical.encode()).hexdigest()])
    return hmac.digest(key, text.encode(), "sha256").hex()


def _encoded(text: str) -> str:
    return quote(text, safe=_SAFE)
