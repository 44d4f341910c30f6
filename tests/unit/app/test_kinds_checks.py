"""Settings about health checks: what an object, a label or a host can be called."""

import pytest

from kubevigil.app import kinds_checks
from kubevigil.app.kinds import Explained, Raw


@pytest.mark.parametrize("text", ["", "a", "a.b-c", "monitoring/kubevigil-healthchecks", "n/" + "a." * 126 + "a"])
def test_a_lease_has_a_name_and_perhaps_a_namespace(text: str) -> None:
    assert kinds_checks.LEASE.read(text) == text


@pytest.mark.parametrize(
    "raw", ["a/b/c", "/a", "a/", "A", "a_b", "-a", "a.", "n.s/a", "a b", "a" * 64, "n/" + "a." * 127 + "a", ("a",)]
)
def test_what_no_lease_can_be_called_is_refused(raw: Raw) -> None:
    with pytest.raises(ValueError):
        kinds_checks.LEASE.read(raw)


@pytest.mark.parametrize("text", ["", "a", "Argo_2.x", "a" * 63])
def test_an_instance_id_is_the_value_of_a_label(text: str) -> None:
    assert kinds_checks.INSTANCE_ID.read(text) == text


@pytest.mark.parametrize("raw", ["a b", "-a", "a-", "ä", "a" * 64, "a/b", ("a",)])
def test_what_no_label_can_hold_is_refused_as_an_instance_id(raw: Raw) -> None:
    with pytest.raises(ValueError):
        kinds_checks.INSTANCE_ID.read(raw)


def test_hosts_come_with_commas_or_as_a_list_in_small_letters() -> None:
    assert kinds_checks.HOSTS.read(" A.test, *.b.test,a.test ") == ("a.test", "*.b.test")
    assert kinds_checks.HOSTS.read(("a.test", "10.0.0.1")) == ("a.test", "10.0.0.1")
    assert kinds_checks.HOSTS.read("") == ()


@pytest.mark.parametrize("raw", ["a b", "*", "a.*.test", "ex?mple.org", "a.test:443", "*a.test", ".a", "a..b"])
def test_what_would_never_be_a_host_is_refused(raw: Raw) -> None:
    with pytest.raises(ValueError):
        kinds_checks.HOSTS.read(raw)


def test_an_address_where_a_host_is_wanted_is_told() -> None:
    with pytest.raises(Explained, match="its host alone"):
        kinds_checks.HOSTS.read("https://a.test/x")


def test_service_accounts_come_with_their_namespace_and_perhaps_with_stars() -> None:
    assert kinds_checks.ACCOUNTS.read(" a/b, */probe-*,a/b ") == ("a/b", "*/probe-*")
    assert kinds_checks.ACCOUNTS.read(("a/b.c",)) == ("a/b.c",)
    assert kinds_checks.ACCOUNTS.read("") == ()


@pytest.mark.parametrize("raw", ["a", "*", "a/b/c", "/a", "a/", "A/b", "a.b/c", "a/b c", "a/[b]", "a/b?"])
def test_what_names_no_service_account_is_refused(raw: Raw) -> None:
    with pytest.raises(ValueError):
        kinds_checks.ACCOUNTS.read(raw)
