"""AWS's token service, as far as a service account with a role needs it: temporary keys for a token that is right."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from kubevigil.model import clock
from tests.unit.delivery.aws_verifier import Key
from tests.unit.delivery.server import Asked, Reply

ROLE = "arn:aws:iam::123456789012:role/kubevigil"
_ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser><Arn>{role}</Arn><AssumedRoleId>AROA:kubevigil</AssumedRoleId></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{id}</AccessKeyId>
      <SecretAccessKey>{secret}</SecretAccessKey>
      <SessionToken>{token}</SessionToken>
      <Expiration>{expires}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>
"""
_REFUSAL = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>No OpenIDConnect provider found</Message></Error>
</ErrorResponse>
"""


@dataclass
class TokenService:
    """Gives out keys that live for `lifetime`; the latest alone is in `keys`, as if it revoked the one before."""

    token: str
    lifetime: timedelta = timedelta(hours=1)
    keys: dict[str, Key] = field(default_factory=dict)
    given: int = 0
    refuses: bool = False

    def __call__(self, asked: Asked) -> Reply:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        right = {"Action": "AssumeRoleWithWebIdentity", "RoleArn": ROLE, "WebIdentityToken": self.token}
        if self.refuses or not right.items() <= form.items():
            return Reply(400, _REFUSAL.encode(), {"Content-Type": "text/xml"})
        self.given += 1
        expires = datetime.fromtimestamp(clock.wall(), UTC) + self.lifetime
        id_, key = f"ASIA{self.given:016}", Key(f"secret of {self.given}", f"token-of-session-{self.given}", expires)
        self.keys.clear()
        self.keys[id_] = key
        words = _ANSWER.format(
            role=ROLE, id=id_, secret=key.secret, token=key.token, expires=expires.strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        return Reply(200, words.encode(), {"Content-Type": "text/xml"})
