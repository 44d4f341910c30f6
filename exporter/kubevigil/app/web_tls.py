"""The TLS part of a web configuration file: which keys go together, and the files that it names."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kubevigil.app.errors import Fault
from kubevigil.app.web_file import NAME, Entry, Keys
from kubevigil.app.web_keys import KEYS, TLS
from kubevigil.web.tls import CIPHERS, CIPHERS_13, ClientAuth, Tls, Version
from kubevigil.web.tls_context import BadTls, Encryption

_MOST_BYTES: Final = 1 << 20
_PEM_OF: Final = {"certificate": "cert", "key": "key", "client_ca": "client_ca"}
"""Fields of `Tls`, and the keys that hold them inline; with `_file` behind they name a file."""

_NEED_A_CA: Final = (ClientAuth.IF_GIVEN, ClientAuth.REQUIRED)


class Files:
    """Reads files and remembers what was in them, so that it can tell whether that has changed."""

    def __init__(self) -> None:
        self._seen: dict[Path, bytes] = {}

    def read(self, path: Path) -> bytes:
        """The content. Raises ValueError with the reason why not."""
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            self._seen[path] = b""
            why = getattr(error, "strerror", None) or str(error)
            raise ValueError(f"cannot be read ({why}); name a file that is there and readable") from error
        if len(data) > _MOST_BYTES:
            raise ValueError(f"larger than {_MOST_BYTES} bytes; is it the right file?")
        self._seen[path] = hashlib.sha256(data).digest()
        return data

    def changed(self) -> bool:
        """Whether any of them would be read differently now."""
        now = Files()
        for path in self._seen:
            try:
                now.read(path)
            except ValueError:
                return True
        return now._seen != self._seen


class TlsReading:
    """One reading of the section: `values` by key, and the `entries` they are from."""

    def __init__(self, folder: Path, values: Mapping[Keys, Any], entries: Iterable[Entry], files: Files) -> None:
        self.faults: list[Fault] = []
        self._folder, self._files = folder, files
        self._values = {keys[1]: value for keys, value in values.items() if keys[0] == TLS}
        self._sources = {
            entry.keys[1]: entry.source for entry in entries if entry.keys in KEYS and entry.keys[0] == TLS
        }

    def encryption(self) -> Encryption | None:
        """What the section asks for; None where it is empty, or `faults` say what is wrong."""
        if not self._sources:
            return None
        auth = self._auth()
        pems = {field: self._pem(name) for field, name in _PEM_OF.items()}
        self._contradictions(pems, auth)
        if self.faults:
            return None
        try:
            return Encryption(self._tls(pems, auth))
        except BadTls as error:
            self._fault(self._key_of(error.field), str(error))
        return None

    def _auth(self) -> ClientAuth:
        word = self._values.get("client_auth_type", ClientAuth.NONE.value)
        # A certificate that is asked for and not looked at changes nothing.
        return ClientAuth.NONE if word == "RequestClientCert" else ClientAuth(word)

    def _pem(self, name: str) -> bytes:
        """The certificate, key or CA `name`, wherever it is; empty where it is not given or cannot be read."""
        inline, file = self._values.get(name, b""), self._values.get(f"{name}_file", "")
        if inline and file:
            self._fault(name, f"give it here or by {name}_file, not both")
        if inline or not file:
            return bytes(inline)
        path = self._folder / file
        try:
            return self._files.read(path)
        except ValueError as error:
            self._fault(f"{name}_file", str(error), str(path))
            return b""

    def _contradictions(self, pems: Mapping[str, bytes], auth: ClientAuth) -> None:
        for field, name in _PEM_OF.items():
            needed = field != "client_ca" or auth in _NEED_A_CA
            if needed and not pems[field] and not self._is_at_fault(name):
                self._fault(name, f"missing; give {name}_file or {name}")
        if pems["client_ca"] and auth not in _NEED_A_CA:
            self._fault("client_auth_type", f"does nothing with the client CA; give {ClientAuth.REQUIRED.value}")
        if "client_allowed_sans" in self._values and auth is not ClientAuth.REQUIRED:
            advice = f"holds for verified certificates only; set client_auth_type to {ClientAuth.REQUIRED.value}"
            self._fault("client_allowed_sans", advice)
        least, most = self._version("min_version", Version.TLS12), self._version("max_version", Version.TLS13)
        if least.value > most.value:
            self._fault("min_version", "is above max_version; no client could connect")
        elif most is Version.TLS12 and self._suites_are_of_13():
            self._fault("cipher_suites", "are all of TLS 1.3, which max_version excludes; no client could connect")

    def _tls(self, pems: Mapping[str, bytes], auth: ClientAuth) -> Tls:
        suites: Sequence[str] = self._values.get("cipher_suites", ())
        ciphers = tuple(CIPHERS[suite] for suite in suites if suite in CIPHERS)
        return Tls(
            **pems,
            client_auth=auth,
            allowed_sans=self._values.get("client_allowed_sans", frozenset()),
            least=Version.TLS13 if self._suites_are_of_13() else self._version("min_version", Version.TLS12),
            most=self._version("max_version", Version.TLS13),
            ciphers=ciphers,
            server_prefers=self._values.get("prefer_server_cipher_suites", True),
        )

    def _suites_are_of_13(self) -> bool:
        suites = self._values.get("cipher_suites", ())
        return bool(suites) and set(suites) <= set(CIPHERS_13)

    def _version(self, name: str, default: Version) -> Version:
        return Version(self._values.get(name, default.value))

    def _key_of(self, field: str) -> str:
        name = _PEM_OF.get(field, "cipher_suites")
        return f"{name}_file" if f"{name}_file" in self._values else name

    def _is_at_fault(self, name: str) -> bool:
        return any(fault.key in {f"{TLS}.{name}", f"{TLS}.{name}_file"} for fault in self.faults)

    def _fault(self, name: str, advice: str, value: str | None = None) -> None:
        source = self._sources.get(name) or next(iter(self._sources.values()), NAME)
        self.faults.append(Fault(f"{TLS}.{name}", source, value, advice))
