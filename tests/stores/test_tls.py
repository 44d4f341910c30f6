"""Encrypted connections to a server whose certificate is checked, its name included."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from sqlalchemy import URL

from kubevigil.store.errors import CannotOpen
from kubevigil.store.server import READING, server_engine
from tests.unit.store.making import LABELS, Store, crash, record

from .servers import Server


@pytest.fixture
def authority(server: Server) -> Iterator[Path]:
    """The file of the authority that signed what the server shows, which is for localhost alone."""
    ours = trustme.CA()
    server.show(ours.issue_cert("localhost"))
    file = server.folder / "authority.pem"
    ours.cert_pem.write_to_path(str(file))
    yield file
    server.show(None)


def with_tls(url: URL, host: str, authority: Path) -> URL:
    return url.set(host=host, query={"sslmode": "verify-full", "sslrootcert": str(authority)})


def encrypted(url: URL) -> bool:
    engine = server_engine(url, READING, pooled=False)
    with engine.connect() as connection:
        if "mysql" in url.drivername:
            return bool(connection.exec_driver_sql("SHOW STATUS LIKE 'Ssl_cipher'").one()[1])
        return bool(connection.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").scalar())


def test_a_checked_certificate_makes_an_encrypted_connection(place: URL, authority: Path) -> None:
    url = with_tls(place, "localhost", authority)
    assert Store(url).journal.commit(crash(record(1))).workloads == {LABELS: 1}
    assert (encrypted(url), encrypted(place)) == (True, False)


def test_another_name_or_another_authority_is_refused(place: URL, authority: Path) -> None:
    other = authority.with_name("other.pem")
    trustme.CA().cert_pem.write_to_path(str(other))
    for url in (with_tls(place, "127.0.0.1", authority), with_tls(place, "localhost", other)):
        with pytest.raises(CannotOpen, match=r"(?i)certificate"):
            Store(url)


def test_a_server_without_tls_is_refused_where_it_is_asked_for(
    place: URL, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("tls") / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    with pytest.raises(CannotOpen, match=r"(?i)ssl|tls"):
        Store(with_tls(place, "localhost", file))
