"""The configuration of a person."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubevigil.kube.connection import connect
from kubevigil.kube.errors import BadConfig
from kubevigil.kube.kubeconfig import Kubeconfig

SECRET = "planted-secret-token"


def _write(path: Path, user: dict[str, Any], **cluster: Any) -> str:
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "contexts": [
                    {"name": "here", "context": {"cluster": "c", "user": "u"}},
                    {"name": "plain", "context": {"cluster": "p", "user": "u"}},
                ],
                "clusters": [
                    {"name": "c", "cluster": {"server": "https://127.0.0.1:6443", **cluster}},
                    {"name": "p", "cluster": {"server": "http://127.0.0.1:8001"}},
                ],
                "users": [{"name": "u", "user": user}],
            }
        )
    )
    return str(path)


def test_the_current_context_is_taken_unless_one_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "config", {"token": SECRET})
    assert Kubeconfig(path, None).server().url == "https://127.0.0.1:6443"
    assert Kubeconfig(path, "plain").server().url == "http://127.0.0.1:8001"
    assert Kubeconfig(path, None).authorization() == f"Bearer {SECRET}"


def test_the_clusters_tls_settings_are_kept(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "config",
        {},
        **{"insecure-skip-tls-verify": True, "tls-server-name": "api", "proxy-url": "http://p:1"},
    )
    server = Kubeconfig(path, None).server()
    assert (server.verify, server.server_name, server.proxy) == (False, "api", "http://p:1")
    assert Kubeconfig(path, None).authorization() == ""


def test_w11_a_token_file_is_read_again_after_a_401(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one")
    access = Kubeconfig(_write(tmp_path / "config", {"tokenFile": str(tmp_path / "token")}), None)
    assert access.authorization() == "Bearer one"
    (tmp_path / "token").write_text("two")
    access.renew()
    assert access.authorization() == "Bearer two"


def test_w11_an_exec_plugin_whose_token_has_expired_is_run_again(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin.py"
    plugin.write_text(
        "import json, pathlib\n"
        f"runs = pathlib.Path({str(tmp_path / 'runs')!r})\n"
        "n = len(runs.read_text()) if runs.exists() else 0\n"
        "runs.write_text('x' * (n + 1))\n"
        "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential',\n"
        "  'status': {'token': f'token-{n}', 'expirationTimestamp': '2001-01-01T00:00:00Z'}}))\n"
    )
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(plugin)],
            "interactiveMode": "Never",
        }
    }
    access = Kubeconfig(_write(tmp_path / "config", user), None)
    tokens = {access.authorization() for _ in range(3)}
    assert tokens == {"Bearer token-1", "Bearer token-2", "Bearer token-3"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be used"),
        ("[1, 2]", "cannot be used"),
        (f"users: [{{token: {SECRET}\n  x: @", "malformed"),
        ("current-context: gone\ncontexts: []\nclusters: []\n", "gone"),
        ("{}", "current-context"),
    ],
)
def test_a_faulty_kubeconfig_is_told_by_name_and_without_its_secrets(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(BadConfig, match=words) as caught:
        Kubeconfig(str(path), None)
    assert str(path) in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="nowhere does not exist"):
        connect(str(tmp_path / "nowhere"))
    with pytest.raises(BadConfig, match="elsewhere"):
        connect(_write(tmp_path / "config", {}), "elsewhere")
    with pytest.raises(BadConfig, match="no http"):
        connect(_write(tmp_path / "config", {}, server="ftp://x"))


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("not a certificate")
    path = _write(tmp_path / "config", {}, **{"certificate-authority": str(tmp_path / "ca.crt")})
    with pytest.raises(BadConfig, match=r"ca\.crt"):
        connect(path)


def test_a_proxy_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="proxy"):
        connect(_write(tmp_path / "config", {}, **{"proxy-url": "gopher://user:pw@x"}))


def test_no_repr_shows_the_token(tmp_path: Path) -> None:
    path = _write(tmp_path / "config", {"token": SECRET}, **{"proxy-url": f"http://u:{SECRET}@p:1"})
    connection = connect(path)
    access = connection._access
    assert SECRET not in repr(connection) + repr(access) + repr(vars(connection)) + repr(access.server())
    assert connection.host == "127.0.0.1:6443"


def test_the_pods_own_account_is_used_without_importing_the_heavy_package(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from kubevigil.kube.connection import connect\n"
        "from kubevigil.kube.errors import BadConfig\n"
        "try: connect(environ={'KUBERNETES_SERVICE_HOST': '10.0.0.1'})\n"
        "except BadConfig as e: print(e)\n"
        "print('kubernetes' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "False"
    assert "serviceaccount" in done.stdout
