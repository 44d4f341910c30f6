"""Words that stand where a secret could and are none. Data only."""

from typing import Final

_NOTHING = """
null nil none undefined true false nan n/a na some empty unset 0 1
redacted hidden masked filtered omitted removed sensitive
"""
_STATUS = """
expired invalid missing required incorrect wrong denied failed failure success unauthorized forbidden enabled disabled
valid revoked absent present provided set mismatch unknown error rejected accepted rotated updated changed created
deleted optional not is was no yes on off ok auto default anonymous string bytes stdin prompt
bearer basic jwt oauth oauth2 oidc saml ldap kerberos tls mtls
"""

NOTHING: Final = frozenset(_NOTHING.split())
"""There is no secret, or somebody has hidden it already."""

STATUS: Final = frozenset(_STATUS.split())
"""How a secret is, or of which kind."""
