"""How connections are encrypted, as plain values in the words of the field's web configuration file."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

CIPHERS: Final[Mapping[str, str]] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
}
"""TLS 1.2 suites with forward secrecy: IANA's names, which Go uses, and OpenSSL's."""

CIPHERS_13: Final = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""The suites of TLS 1.3, which are always on, here as in Go."""


class ClientAuth(enum.Enum):
    """What is asked of a client's certificate. The names are those of Go's `tls.ClientAuthType`."""

    NONE = "NoClientCert"
    IF_GIVEN = "VerifyClientCertIfGiven"
    REQUIRED = "RequireAndVerifyClientCert"


class Version(enum.Enum):
    """The TLS versions that are spoken; older ones are broken (RFC 8996)."""

    TLS12 = "TLS12"
    TLS13 = "TLS13"


@dataclass(frozen=True, kw_only=True)
class Tls:
    """How connections are encrypted. Certificates, CAs and the key are PEM.

    `ciphers` are OpenSSL's names of TLS 1.2 suites, the first preferred; empty for OpenSSL's own choice. If there are
    `allowed_sans`, a client's certificate must have one of them.
    """

    certificate: bytes
    key: bytes = field(repr=False)
    client_auth: ClientAuth = ClientAuth.NONE
    client_ca: bytes = b""
    allowed_sans: frozenset[str] = frozenset()
    least: Version = Version.TLS12
    most: Version = Version.TLS13
    ciphers: tuple[str, ...] = ()
    server_prefers: bool = True
