"""The configuration that a pod is given."""

import os
from pathlib import Path

import pytest

from kubevigil.kube.errors import BadConfig
from kubevigil.kube.incluster import InCluster, TokenFile

ENV = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}
SECRET = "planted-secret-token"


@pytest.fixture
def account(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(SECRET + "\n")
    (tmp_path / "ca.crt").write_text("certificate")
    return tmp_path


def _replace(path: Path, text: str, *, mtime: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(mtime, mtime))


def test_the_address_and_the_token_come_from_the_environment_and_the_files(account: Path) -> None:
    access = InCluster(ENV, lambda: 0.0, account)
    assert access.server().url == "https://10.0.0.1:6443"
    assert access.server().ca_file == str(account / "ca.crt")
    assert access.authorization() == f"Bearer {SECRET}"


def test_an_ipv6_address_is_bracketed(account: Path) -> None:
    assert (
        InCluster({"KUBERNETES_SERVICE_HOST": "fd00::1"}, lambda: 0.0, account).server().url == "https://[fd00::1]:443"
    )


def test_w11_a_token_is_read_again_when_its_file_changes_each_time(account: Path) -> None:
    access = InCluster(ENV, lambda: 0.0, account)
    for n in range(300):
        _replace(account / "token", f"token-{n}", mtime=n * 2_000_000_000)
        assert access.authorization() == f"Bearer token-{n}"


def test_w11_a_token_is_read_again_after_a_minute_whatever_the_files_time_says(account: Path) -> None:
    now = [0.0]
    _replace(account / "token", "one", mtime=5)
    tokens = TokenFile(account / "token", lambda: now[0])
    assert tokens.token() == "one"
    _replace(account / "token", "two", mtime=5)
    now[0] = 59.0
    assert tokens.token() == "one"
    now[0] = 60.0
    assert tokens.token() == "two"


def test_w11_a_token_is_read_again_at_once_after_a_401(account: Path) -> None:
    _replace(account / "token", "one", mtime=5)
    access = InCluster(ENV, lambda: 0.0, account)
    _replace(account / "token", "two", mtime=5)
    access.renew()
    assert access.authorization() == "Bearer two"


@pytest.mark.parametrize("text", ["", " \n", "two\nlines", "sn\u00f6"])
def test_a_token_that_is_none_is_refused(account: Path, text: str) -> None:
    (account / "token").write_text(text)
    with pytest.raises(BadConfig, match="token"):
        InCluster(ENV, lambda: 0.0, account)


def test_what_is_missing_is_named_with_what_to_do(account: Path) -> None:
    (account / "token").unlink()
    with pytest.raises(BadConfig, match="cannot be read: No such file"):
        InCluster(ENV, lambda: 0.0, account)
    (account / "ca.crt").unlink()
    with pytest.raises(BadConfig, match="automountServiceAccountToken"):
        InCluster(ENV, lambda: 0.0, account)
    with pytest.raises(BadConfig, match="name a kubeconfig"):
        InCluster({}, lambda: 0.0, account)
    with pytest.raises(BadConfig, match="must be a number"):
        InCluster(ENV | {"KUBERNETES_SERVICE_PORT": "tcp://x"}, lambda: 0.0, account)


def test_no_repr_shows_the_token(account: Path) -> None:
    access = InCluster(ENV, lambda: 0.0, account)
    access.authorization()
    assert SECRET not in repr(access) + repr(vars(access)) + repr(access.server())
