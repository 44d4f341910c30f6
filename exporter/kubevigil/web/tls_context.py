"""From `Tls` to a context that speaks it, by Python's ssl and OpenSSL."""

import ipaddress
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from kubevigil.web.errors import WebError
from kubevigil.web.tls import ClientAuth, Tls, Version

_VERSIONS: Final = {Version.TLS12: ssl.TLSVersion.TLSv1_2, Version.TLS13: ssl.TLSVersion.TLSv1_3}
_VERIFY: Final = {
    ClientAuth.NONE: ssl.CERT_NONE,
    ClientAuth.IF_GIVEN: ssl.CERT_OPTIONAL,
    ClientAuth.REQUIRED: ssl.CERT_REQUIRED,
}


class BadTls(WebError):
    """A part of `Tls`, named by its field, cannot be used; the message holds nothing of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Encryption:
    """What new connections are encrypted by: one value, so that certificate and rules are of one configuration.

    Raises BadTls.
    """

    def __init__(self, tls: Tls) -> None:
        self.context = _context_of(tls)
        self._allowed = frozenset(map(plain_name, tls.allowed_sans))

    def welcomes(self, client: ssl.SSLObject) -> bool:
        """Whether a client may stay whose handshake is done: its certificate must have an allowed name."""
        return not self._allowed or bool(self._allowed & names_in(client.getpeercert() or {}))


def _context_of(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = _VERSIONS[tls.least], _VERSIONS[tls.most]
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    if not tls.server_prefers:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    _choose(context, tls)
    _identify(context, tls)
    _verify(context, tls)
    return context


def names_in(certificate: Mapping[str, Any]) -> frozenset[str]:
    """All subject alternative names of a verified certificate, as `getpeercert` tells it; addresses in short form."""
    return frozenset(_plain(kind, name) for kind, name in certificate.get("subjectAltName", ()))


def plain_name(name: str) -> str:
    """A subject alternative name as `names_in` spells it: IP addresses have several spellings."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name


def _plain(kind: str, name: str) -> str:
    return plain_name(name.strip()) if kind == "IP Address" else name


def _choose(context: ssl.SSLContext, tls: Tls) -> None:
    if not tls.ciphers:
        return
    try:
        context.set_ciphers(":".join(tls.ciphers))
    except ssl.SSLError as error:
        raise BadTls("ciphers", "this machine's OpenSSL has none of them; name others, or none") from error


def _identify(context: ssl.SSLContext, tls: Tls) -> None:
    with _as_file(tls.certificate) as certificate, _as_file(tls.key) as key:
        try:
            # The empty password makes an encrypted key an error; without one OpenSSL would ask the terminal.
            context.load_cert_chain(certificate, key, password="")
        except (ssl.SSLError, ValueError) as error:
            raise _told(error) from error


def _told(error: Exception) -> BadTls:
    reason = getattr(error, "reason", None) or ""
    if reason == "KEY_VALUES_MISMATCH":
        return BadTls("key", "does not belong to the certificate; give the key that the certificate was made for")
    if reason in {"EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"}:
        return BadTls("certificate", f"too weak for OpenSSL ({reason}); give one with RSA 2048, ECDSA or better")
    return BadTls("certificate", "with its key is no pair that OpenSSL reads; give PEM, the key without a password")


def _verify(context: ssl.SSLContext, tls: Tls) -> None:
    context.verify_mode = _VERIFY[tls.client_auth]
    if tls.client_auth is ClientAuth.NONE:
        return
    try:
        context.load_verify_locations(cadata=tls.client_ca.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise BadTls("client_ca", "holds no certificate that OpenSSL reads; give PEM") from error


@contextmanager
def _as_file(pem: bytes) -> Iterator[str]:
    """A name under which OpenSSL reads what must not be written to a disk."""
    number = os.memfd_create("pem", os.MFD_CLOEXEC)
    try:
        os.write(number, pem)
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)
