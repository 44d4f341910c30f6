"""TLS to the API server, with certificates made on the spot."""

import shutil
import ssl
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from kubevigil.kube.access import Server
from kubevigil.kube.connection import Connection, connect
from kubevigil.kube.errors import Interrupted, Unreachable
from kubevigil.kube.interrupt import Interrupt

from .reflector_peer import Peer, streamed, whole

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


class Authority:
    """A CA that signs certificates into its folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.ca = folder / "ca.crt"
        self._openssl("req", "-x509", *self._new_key("ca"), "-subj", "/CN=test-ca", "-days", "2", "-out", str(self.ca))

    def sign(self, name: str, address: str = "IP:127.0.0.1") -> tuple[str, str]:
        request, made = self.folder / f"{name}.csr", self.folder / f"{name}.crt"
        (self.folder / "ext").write_text(f"subjectAltName={address}\n")
        self._openssl("req", *self._new_key(name), "-subj", f"/CN={name}", "-out", str(request))
        signer = ("-CA", str(self.ca), "-CAkey", str(self.folder / "ca.key"), "-CAcreateserial", "-days", "2")
        self._openssl(
            "x509", "-req", "-in", str(request), *signer, "-extfile", str(self.folder / "ext"), "-out", str(made)
        )
        return str(made), str(self.folder / f"{name}.key")

    def serves(self, address: str = "IP:127.0.0.1") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.sign("server", address))
        return context

    def _new_key(self, name: str) -> list[str]:
        key = str(self.folder / f"{name}.key")
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key]

    def _openssl(self, *args: str) -> None:
        subprocess.run(["openssl", *args], check=True, capture_output=True)


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


class _Access:
    def __init__(self, server: Server) -> None:
        self._server = server

    def server(self) -> Server:
        return self._server

    def authorization(self) -> str:
        return ""

    def renew(self) -> None:
        pass


def _connection(peer: Peer, authority: Authority, server_name: str = "") -> Connection:
    return Connection(_Access(Server(peer.url, ca_file=str(authority.ca), server_name=server_name)))


def test_a_server_of_the_clusters_ca_is_trusted_and_one_of_another_is_not(ours: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    with Peer(whole(b"ok"), tls=ours.serves()) as peer:
        with pytest.raises(Unreachable, match="TLS"):
            _connection(peer, other).get_bytes("/version")
        assert _connection(peer, ours).get_bytes("/version") == b"ok"


def test_a_server_of_another_name_is_refused_unless_that_name_is_expected(ours: Authority) -> None:
    with Peer(whole(b"ok"), tls=ours.serves("DNS:api.shop")) as peer:
        with pytest.raises(Unreachable, match="TLS"):
            _connection(peer, ours).get_bytes("/version")
        assert _connection(peer, ours, server_name="api.shop").get_bytes("/version") == b"ok"


def test_a_replaced_ca_is_trusted_without_a_restart(ours: Authority, tmp_path: Path) -> None:
    trusted = tmp_path / "trusted.crt"
    shutil.copy(Authority(tmp_path / "old").ca, trusted)
    with Peer(whole(b"ok"), tls=ours.serves()) as peer:
        connection = Connection(_Access(Server(peer.url, ca_file=str(trusted))))
        with pytest.raises(Unreachable):
            connection.get_bytes("/version")
        shutil.copy(ours.ca, trusted)
        assert connection.get_bytes("/version") == b"ok"


def test_a_kubeconfigs_client_certificate_is_shown(ours: Authority, tmp_path: Path) -> None:
    serves = ours.serves()
    serves.verify_mode = ssl.CERT_REQUIRED
    serves.load_verify_locations(str(ours.ca))
    certificate, key = ours.sign("client")
    with Peer(whole(b"ok"), tls=serves) as peer:
        config = {
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": peer.url, "certificate-authority": str(ours.ca)}}],
            "users": [{"name": "u", "user": {"client-certificate": certificate, "client-key": key}}],
        }
        (tmp_path / "config").write_text(yaml.safe_dump(config))
        assert connect(str(tmp_path / "config")).get_bytes("/version") == b"ok"


def test_an_interrupt_ends_a_read_that_is_blocked_under_tls(ours: Authority) -> None:
    interrupt, ended, reading = Interrupt(), list[BaseException](), threading.Event()

    def follow(connection: Connection) -> None:
        try:
            with connection.open("/api/v1/pods", read_timeout=60, interrupt=interrupt) as response:
                reading.set()
                while response.read():
                    pass
        except Interrupted as error:
            ended.append(error)

    with Peer(streamed(b"a", end=b"5\r\na"), tls=ours.serves()) as peer:
        thread = threading.Thread(target=follow, args=(_connection(peer, ours),))
        thread.start()
        assert reading.wait(5)
        interrupt.fire()
        thread.join(5)
        assert not thread.is_alive()
    assert len(ended) == 1
