"""Which URLs name a store, and that a wrong one is refused in a line which keeps the password to itself."""

from pathlib import Path

import pytest
from sqlalchemy import URL

from kubevigil.store import server
from kubevigil.store.address import address_of, file_of_url, place
from kubevigil.store.errors import CannotOpen

SECRET = "tell-nobody"


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        (f"mysql://me:{SECRET}@db/crashes", "mysql+pymysql"),
        (f"mariadb://me:{SECRET}@db/crashes", "mysql+pymysql"),
        (f"mysql+pymysql://me:{SECRET}@db/crashes", "mysql+pymysql"),
        (f"postgresql://me:{SECRET}@db/crashes", "postgresql+pg8000"),
        (f"postgres://me:{SECRET}@db:5433/crashes?sslmode=verify-full&sslrootcert=/ca.pem", "postgresql+pg8000"),
    ],
)
def test_a_server_is_named_by_its_usual_url_and_its_password_is_not_shown(url: str, driver: str) -> None:
    address = address_of(url)
    assert isinstance(address, URL)
    assert (address.drivername, address.host, address.password) == (driver, "db", SECRET)
    assert SECRET not in f"{address!r} {address} {place(address)}"
    assert "me" not in place(address)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"oracle://me:{SECRET}@db/x", "oracle is not supported"),
        (f"mysql+mysqldb://me:{SECRET}@db/x", r"mysql\+mysqldb is not supported; expected mysql://"),
        (f"postgresql+psycopg2://me:{SECRET}@db/x", "expected postgresql:// which uses pg8000"),
        (f"mysql://me:{SECRET}@/x", "must name a host"),
        (f"mysql://me:{SECRET}@db", "must name a database"),
        ("postgresql://db/x", "must name a user"),
        (f"mysql://me:{SECRET}@db/x?ssl_mode=verify-full", "unknown option 'ssl_mode' in the URL"),
        (f"mysql://me:{SECRET}@db/x?sslmode=require", "sslmode=require is not supported"),
        (f"mysql://me:{SECRET}@db/x?sslrootcert=/ca.pem", "sslrootcert needs sslmode=verify-full"),
        (f"mysql://me:{SECRET}@db:port/x", "not a database URL"),
        (f"mysql://me:q@{SECRET}@db/x", "more than one @; in a password it is written %40"),
        (f"postgresql://me:q@q/{SECRET}@db/x", "more than one @"),
    ],
)
def test_what_names_no_store_is_refused_in_a_line(url: str, message: str) -> None:
    with pytest.raises(CannotOpen, match=message) as caught:
        address_of(url)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_is_a_path_and_a_server_is_none(tmp_path: Path) -> None:
    file = tmp_path / "kubevigil.db"
    assert address_of(f"sqlite:///{file}") == file_of_url(f"sqlite:///{file}") == file
    with pytest.raises(CannotOpen, match="postgresql is no file"):
        file_of_url("postgresql://me@db/x")


def test_a_file_of_certificates_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = address_of(f"mysql://me@db/x?sslmode=verify-full&sslrootcert={tmp_path}/none.pem")
    assert isinstance(url, URL)
    with pytest.raises(CannotOpen, match=r"sslrootcert: cannot read .*none\.pem: .*No such file"):
        server.server_engine(url, server.READING)


@pytest.mark.parametrize("url", ["mysql://me@db/x", "postgresql://me@db/x"])
def test_a_driver_that_is_not_installed_is_named_with_what_to_do(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'driver'")

    monkeypatch.setattr(server, "create_engine", missing)
    address = address_of(url)
    assert isinstance(address, URL)
    with pytest.raises(CannotOpen, match=r"pip install 'kubevigil\[(mysql|postgresql)\]'"):
        server.server_engine(address, server.READING)
