import logging
from pathlib import Path
from threading import Event

import bcrypt
import pytest
import trustme

from kubevigil.app import web_security
from kubevigil.app.web_reload import WebReload
from kubevigil.web.security import Security

ONE, TWO = (bcrypt.hashpw(word, b"$2b$04$abcdefghijklmnopqrstuu").decode() for word in (b"one", b"two"))
TLS = "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n"


def users(hashed: str) -> str:
    return f"basic_auth_users: {{alice: '{hashed}'}}\n"


def put_pair(folder: Path) -> None:
    pair = trustme.CA().issue_cert("localhost")
    pair.private_key_pem.write_to_path(str(folder / "tls.key"))
    pair.cert_chain_pems[0].write_to_path(str(folder / "tls.crt"))


class Mounted:
    """A file as the kubelet mounts a Secret: names that lead through a link to a folder, which is swapped whole."""

    def __init__(self, root: Path, text: str) -> None:
        self.root, self.taken, self._turn = root, list[Security](), 0
        self.put(text)
        for name in ("web.yml", "tls.crt", "tls.key"):
            (root / name).symlink_to(root / "..data" / name)
        path = root / "web.yml"
        self.reload = WebReload(path, web_security.read(path), self.taken.append)

    def put(self, text: str, *, pair: bool = True) -> None:
        self._turn += 1
        folder = self.root / f"..{self._turn}"
        folder.mkdir()
        (folder / "web.yml").write_text(text)
        if pair:
            put_pair(folder)
        link = self.root / "..new"
        link.symlink_to(folder.name)
        link.rename(self.root / "..data")

    def look(self) -> int:
        self.reload.look()
        return len(self.taken)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.fields["error"] for r in caplog.records if r.levelno == logging.ERROR]  # type: ignore[attr-defined]


def test_nothing_is_taken_over_while_nothing_changes(tmp_path: Path) -> None:
    mounted = Mounted(tmp_path, TLS + users(ONE))
    assert [mounted.look() for _ in range(3)] == [0, 0, 0]


def test_a_swap_of_links_brings_the_new_certificate_and_users(tmp_path: Path) -> None:
    mounted = Mounted(tmp_path, TLS + users(ONE))
    mounted.put(TLS + users(ONE))
    assert mounted.look() == 1
    mounted.put(TLS + users(TWO))
    assert mounted.look() == 2
    assert mounted.taken[-1].users == {"alice": TWO}
    assert mounted.taken[0].encryption is not mounted.taken[1].encryption
    assert mounted.look() == 2


@pytest.mark.parametrize(
    ("text", "pair", "words"),
    [
        ("tls_server_config: {", True, "not YAML"),
        (TLS + users("x"), True, "allowed: a bcrypt hash"),
        (TLS + users(ONE), False, "cannot be read"),
        (users(ONE), True, "TLS is not turned on or off while serving; restart to do so"),
        (TLS, True, "the last user is not taken away while serving; restart to do so"),
        ("", True, "TLS is not turned on or off while serving; restart to do so"),
    ],
    ids=["no YAML", "no hash", "no pair", "TLS goes, users stay", "the last user goes", "all goes"],
)
def test_what_cannot_be_used_leaves_the_old_one_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, pair: bool, words: str
) -> None:
    mounted = Mounted(tmp_path, TLS + users(ONE))
    mounted.put(text, pair=pair)
    assert [mounted.look() for _ in range(3)] == [0, 0, 0]
    (error,) = errors(caplog)
    assert words in error
    mounted.put(TLS + users(TWO))
    assert mounted.look() == 1
    assert len(errors(caplog)) == 1


def test_a_file_that_is_mended_by_another_file_is_taken_over(tmp_path: Path) -> None:
    mounted = Mounted(tmp_path, TLS + users(ONE))
    mounted.put(TLS.replace("tls.crt", "..data/later.crt") + users(ONE))
    assert mounted.look() == 0
    folder = tmp_path / "..data"
    (folder / "later.crt").write_bytes((folder / "tls.crt").read_bytes())
    assert mounted.look() == 1


def test_a_second_mistake_is_told_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mounted = Mounted(tmp_path, users(ONE))
    for text in ("[", "x: 1", "[", "["):
        mounted.put(text)
        mounted.look()
    assert len(errors(caplog)) == 3


def test_a_mistake_that_was_taken_back_is_told_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mounted = Mounted(tmp_path, users(ONE))
    for text in ("[", users(ONE), "["):
        mounted.put(text)
        assert mounted.look() == 0
    assert len(errors(caplog)) == 2


def test_a_pair_that_was_read_in_the_midst_of_a_swap_is_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = Mounted(tmp_path, TLS)
    mounted.put(TLS)
    key, reads = tmp_path / "tls.key", list[Path]()
    new = key.read_bytes()
    key.unlink()
    trustme.CA().issue_cert("old").private_key_pem.write_to_path(str(key))

    def read(path: Path) -> web_security.WebConfig:
        try:
            return original(path)
        finally:
            reads.append(path)
            key.write_bytes(new)

    original = web_security.read
    monkeypatch.setattr(web_security, "read", read)
    assert mounted.look() == 1
    assert len(reads) == 2
    assert errors(caplog) == []


def test_users_may_come_later(tmp_path: Path) -> None:
    mounted = Mounted(tmp_path, "")
    mounted.put(users(ONE))
    assert mounted.look() == 1


def test_no_hash_is_in_a_log_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mounted = Mounted(tmp_path, users(ONE))
    for text in (users(TWO), users(TWO[:-1])):
        mounted.put(text)
        mounted.look()
    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert ONE[:20] not in told
    assert TWO[:20] not in told


def test_the_loop_ends_when_it_is_told_to(tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    Mounted(tmp_path, "").reload.run(stop)
