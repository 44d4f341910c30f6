"""Where the API server is and how we prove who we are: what a configuration, of whichever kind, boils down to."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Server:
    """An API server as the transport needs it. Paths are of PEM files, '' for none."""

    url: str
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    verify: bool = True
    """False only where the kubeconfig says `insecure-skip-tls-verify`."""
    server_name: str = ""
    """The name to expect in the certificate, where it is not the host's."""
    proxy: str = field(default="", repr=False)
    """Its URL may carry a password."""


class Access(Protocol):
    """One configuration. Thread-safe. Its methods raise BadConfig for what is not as it should be."""

    def server(self) -> Server:
        """As it is now: files may have been replaced since."""

    def authorization(self) -> str:
        """The value of the header `Authorization`, '' for none; read anew where it may have changed."""

    def renew(self) -> None:
        """The server answered 401: forget what is remembered of the credentials."""
