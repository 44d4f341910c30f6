"""Where the database is; a password never stands there, and is never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.moving.address import Address, address_in
from kubevigil.moving.errors import BadAddress


def test_a_url_names_all_but_the_password() -> None:
    assert address_in("mysql://admin@db.example:3307/pods") == Address("db.example", 3307, "admin", "pods")
    assert address_in("mariadb://a%40b@[::1]/pods?ssl_ca=/ca.pem") == Address("::1", 3306, "a@b", "pods", "/ca.pem")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "db",
        "postgresql://a@b/c",
        "mysql://b/c",
        "mysql://a@/c",
        "mysql://a@b",
        "mysql://a@b/",
        "mysql://a@b/c/d",
        "mysql://a@b:x/c",
        "mysql://a@b:70000/c",
        "mysql://a@b/c?ssl=1",
        "mysql://a@b/c#d",
        "mysql://a@[b/c",
    ],
)
def test_another_form_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        address_in(url)


@given(password=st.text(st.characters(codec="ascii", categories=["L", "N"])))
def test_a_password_is_refused_and_not_shown(password: str) -> None:
    with pytest.raises(BadAddress) as refused:
        address_in(f"mysql://a:{password}@b/c")
    told = "a password on a command line is seen by every user; give it by --mysql-password-file"
    assert str(refused.value) == told
