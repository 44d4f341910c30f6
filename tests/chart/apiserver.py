"""A real API server on loopback, without root and without a kubelet: it judges objects as a cluster does.

Users are `admin`, who may do everything, and `team`, who may do what a test binds to that name.
"""

import json
import secrets
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from tests.cluster.cluster import wait_for
from tests.ports import free_port

from .binaries import Binaries

START_SECONDS = 120
STOP_SECONDS = 20
TOKENS = {user: secrets.token_hex(16) for user in ("admin", "team")}


@dataclass(frozen=True)
class ApiServer:
    """One that runs. `kubeconfigs` are by user."""

    binaries: Binaries
    kubeconfigs: dict[str, Path]

    @property
    def crds(self) -> Path:
        """The folder of the Prometheus operator's."""
        return Path(self.binaries["etcd"]).parent / "prometheus-operator-crds"

    def kubectl(self, *arguments: str, stdin: str = "", user: str = "admin") -> str:
        """What it printed on both streams; a failure is the test's, with kubectl's own words."""
        command = [self.binaries["kubectl"], f"--kubeconfig={self.kubeconfigs[user]}", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout + done.stderr

    def apply(self, *objects: Any) -> None:
        """Makes these objects, or says why not."""
        self.kubectl("apply", "--filename=-", stdin=as_json(objects))

    def knows(self, *kinds: str) -> None:
        """Teaches it kinds of the Prometheus operator: `servicemonitors`, `prometheuses`."""
        for kind in kinds:
            file = self.crds / f"monitoring.coreos.com_{kind}.yaml"
            assert file.is_file(), f"no {file}: run `testbed/build prometheus-operator-crds`"
            self.kubectl("apply", "--server-side", f"--filename={file}")
            self.until_told(f"{kind}.monitoring.coreos.com")

    def until_told(self, kind: str) -> None:
        """Until who asks which kinds there are is told of `kind` (`workflows.argoproj.io`), as Helm asks.

        That is some time after it is established, as it is told of for some time after it is deleted.
        """
        wait_for(f"{kind} is established", partial(self._is_established, kind))
        wait_for(f"{kind} is told of", lambda: kind in self._told())

    def forget_kinds(self) -> None:
        """Deletes all kinds that were made, and awaits that none is told of."""
        made = [name.partition("/")[2] for name in self.kubectl("get", "crd", "--output=name").split() if "/" in name]
        for kind in made:  # one that is deleted before it is served takes a minute to go
            wait_for(f"{kind} is established", partial(self._is_established, kind))
        if made:
            self.kubectl("delete", "crd", "--all")
            wait_for(f"{', '.join(made)} are told of no more", lambda: not self._told() & set(made))

    def _is_established(self, kind: str) -> bool:
        told = json.loads(self.kubectl("get", f"crd/{kind}", "--output=json"))
        conditions = told.get("status", {}).get("conditions") or []
        return any((condition["type"], condition["status"]) == ("Established", "True") for condition in conditions)

    def _told(self) -> set[str]:
        return set(self.kubectl("api-resources", "--cached=false", "--output=name").split())


def as_json(objects: Iterable[Any]) -> str:
    """One text for kubectl. Not YAML: PyYAML writes `y` without quotes, which kubectl takes for true."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


@contextmanager
def running(
    binaries: Binaries, folder: Path, *, gives_tokens: bool = False, flags: Sequence[str] = ()
) -> Iterator[ApiServer]:
    """Starts etcd and an API server whose data are in `folder`, and ends both; `flags` are more of the API server's.

    One that `gives_tokens` puts an account's into its pods, and takes no pod whose account is not there; no controller
    makes accounts here.
    """
    etcd, peer, api = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        plugins = [] if gives_tokens else ["--disable-admission-plugins=ServiceAccount"]
        flags_of = {
            "etcd": _etcd(folder, etcd, peer),
            "kube-apiserver": [*_api_server(folder, etcd, api), *plugins, *flags],
        }
        for name, given in flags_of.items():
            stack.enter_context(_process(folder / f"{name}.log", [binaries[name], *given]))
        server = ApiServer(binaries, _kubeconfigs(folder, api))
        wait_for("the API server is ready", lambda: _is_ready(server), START_SECONDS)
        yield server


def _etcd(folder: Path, port: int, peer: int) -> list[str]:
    return [
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",
        f"--initial-cluster=default=http://127.0.0.1:{peer}",
        *(f"--{who}-urls=http://127.0.0.1:{port}" for who in ("listen-client", "advertise-client")),
        *(f"--{who}-urls=http://127.0.0.1:{peer}" for who in ("listen-peer", "initial-advertise-peer")),
    ]


def _api_server(folder: Path, etcd: int, port: int) -> list[str]:
    key, tokens = folder / "service-accounts.key", folder / "tokens"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    groups = {"admin": ",system:masters"}
    _write_secret(tokens, "\n".join(f"{token},{user},{user}{groups.get(user, '')}" for user, token in TOKENS.items()))
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'pki'}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.43.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    ]


def _kubeconfigs(folder: Path, port: int) -> dict[str, Path]:
    """The certificate in it is the one that the API server makes for itself."""
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(folder / "pki" / "apiserver.crt")}
    paths = {user: folder / f"{user}.kubeconfig" for user in TOKENS}
    for user, path in paths.items():
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": TOKENS[user]}}],
        }
        _write_secret(path, json.dumps(config))
    return paths


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _is_ready(server: ApiServer) -> bool:
    """Ready, and the namespace is there that its own controllers make."""
    command = [server.binaries["kubectl"], f"--kubeconfig={server.kubeconfigs['admin']}", "--request-timeout=5s"]
    for question in (["get", "--raw", "/readyz"], ["get", "namespace", "default", "kube-public"]):
        if subprocess.run([*command, *question], capture_output=True, check=False).returncode:
            return False
    return True


@contextmanager
def _process(log: Path, command: list[str]) -> Iterator[None]:
    with log.open("wb") as output, _started(command, output) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _started(command: list[str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
