"""A kubeconfig in plain words says to us what it says to the `kubernetes` package, without that package."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubevigil.kube import kubeconfig
from kubevigil.kube.access import Server
from kubevigil.kube.kubeconfig import Kubeconfig
from kubevigil.kube.plain_kubeconfig import read_plain

SECRET = "planted-secret-token"

PLAIN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "http": ({"server": "http://127.0.0.1:8001/"}, {}),
    "https": ({"server": "https://127.0.0.1:6443"}, {"token": SECRET}),
    "path": ({"server": "https://127.0.0.1:6443/k8s/clusters/c-1"}, {"token": SECRET}),
    "files": (
        {"server": "https://127.0.0.1:6443", "certificate-authority": "pki/ca.crt"},
        {"client-certificate": "./pki/own.crt", "client-key": "pki/../pki/own.key"},
    ),
    "files-of-http": (
        {"server": "http://127.0.0.1:8001", "certificate-authority": "pki/ca.crt"},
        {"client-certificate": "pki/own.crt", "client-key": "pki/own.key"},
    ),
    "unverified": ({"server": "https://127.0.0.1:6443", "insecure-skip-tls-verify": True}, {}),
    "named": ({"server": "https://127.0.0.1:6443", "tls-server-name": "api"}, {"token": ""}),
}
ELABORATE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "data": ({"server": "https://x", "certificate-authority-data": "QQ=="}, {}),
    "proxy": ({"server": "https://x", "proxy-url": "http://p:1"}, {}),
    "plugin": ({"server": "https://x"}, {"exec": {"command": "true"}}),
    "provider": ({"server": "https://x"}, {"auth-provider": {"name": "oidc"}}),
    "token-file": ({"server": "https://x"}, {"tokenFile": "token"}),
    "password": ({"server": "https://x"}, {"username": "u", "password": SECRET}),
    "impersonation": ({"server": "https://x"}, {"as": "somebody"}),
    "no-text": ({"server": "https://x"}, {"token": 5}),
    "missing-file": ({"server": "https://x", "certificate-authority": "gone.crt"}, {}),
    "no-url": ({"server": "ftp://x"}, {}),
}


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _write(folder: Path, cluster: dict[str, Any], user: dict[str, Any], **more: Any) -> str:
    (folder / "pki").mkdir()
    for name in ("ca.crt", "own.crt", "own.key"):
        (folder / "pki" / name).touch()
    whole = {
        "current-context": "here",
        "contexts": [
            {"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "n"}},
            {"name": "nobody", "context": {"cluster": "c"}},
        ],
        "clusters": [{"name": "other", "cluster": {"proxy-url": "x"}}, {"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "preferences": {},
        **more,
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(whole))
    return str(path)


def _said(path: str, context: str | None) -> tuple[Server, str]:
    access = Kubeconfig(path, context)
    return access.server(), access.authorization()


@pytest.mark.parametrize("context", [None, "nobody"])
@pytest.mark.parametrize("kind", PLAIN)
def test_what_it_says_is_what_the_package_reads(
    kind: str, context: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path, *PLAIN[kind])
    assert read_plain(path, context, {}) is not None
    ours = _said(path, context)
    monkeypatch.setattr(kubeconfig, "read_plain", lambda *_: None)
    assert ours == _said(path, context)


@pytest.mark.parametrize("kind", ELABORATE)
def test_what_is_not_in_plain_words_or_not_right_is_left_to_the_package(kind: str, tmp_path: Path) -> None:
    assert read_plain(_write(tmp_path, *ELABORATE[kind]), None, {}) is None


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "http_proxy", "NO_PROXY"])
def test_a_proxy_of_the_environment_is_left_to_the_package(variable: str, tmp_path: Path) -> None:
    path = _write(tmp_path, {"server": "https://x"}, {})
    assert read_plain(path, None, {variable: "http://p:1"}) is None


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{", "\x00", "{}", "clusters: []\ncontexts: []\n", "a: &a [*a]"],
    ids=["empty", "list", "cut", "binary", "no-keys", "no-context", "recursive"],
)
def test_a_faulty_file_is_left_to_the_package(text: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(text)
    assert read_plain(str(tmp_path / "config"), None, {}) is None
    assert read_plain(str(tmp_path / "nowhere"), None, {}) is None


def test_of_two_of_one_name_none_is_chosen(tmp_path: Path) -> None:
    twice = [{"name": "u", "user": {"token": "a"}}, {"name": "u", "user": {"token": "b"}}]
    assert read_plain(_write(tmp_path, {"server": "https://x"}, {}, users=twice), None, {}) is None


def test_several_files_are_left_to_the_package(tmp_path: Path) -> None:
    path = _write(tmp_path, {"server": "https://x"}, {})
    assert read_plain(None, None, {"KUBECONFIG": path}) is not None
    assert read_plain(None, None, {"KUBECONFIG": f"{path}:{path}"}) is None


def test_a_token_that_was_replaced_is_read_after_a_401(tmp_path: Path) -> None:
    path = _write(tmp_path, {"server": "https://x"}, {"token": "one"})
    access = Kubeconfig(path, None)
    Path(path).write_text(Path(path).read_text("utf-8").replace("one", "two"), "utf-8")
    assert access.authorization() == "Bearer one"
    access.renew()
    assert access.authorization() == "Bearer two"


def test_no_repr_shows_the_token(tmp_path: Path) -> None:
    plain = read_plain(_write(tmp_path, {"server": "https://x"}, {"token": SECRET}), None, {})
    assert plain is not None
    assert SECRET not in repr(plain)
    assert SECRET in plain.authorization


def test_the_heavy_package_is_not_imported(tmp_path: Path) -> None:
    path = _write(tmp_path, {"server": "https://x"}, {"token": SECRET})
    program = (
        "import sys\n"
        "from kubevigil.kube.connection import connect\n"
        f"print(connect({path!r}).host, 'kubernetes' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "x False\n"
