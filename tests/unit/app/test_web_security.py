import json
import ssl
from pathlib import Path

import bcrypt
import pytest
import trustme
from cryptography.hazmat.primitives import serialization as s
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubevigil.app import web_security
from kubevigil.app.sources import SettingsError
from kubevigil.app.web_keys import KEYS
from kubevigil.web.answering import SECURITY
from kubevigil.web.security import Rate

HASH = bcrypt.hashpw(b"x", b"$2b$04$abcdefghijklmnopqrstuu").decode()
AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("localhost")
CA, MUTUAL = "client_ca_file: ca.crt", "client_auth_type: RequireAndVerifyClientCert"
PAIR = "cert_file: tls.crt, key_file: tls.key"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    CERTIFICATE.private_key_pem.write_to_path(str(tmp_path / "tls.key"))
    CERTIFICATE.cert_chain_pems[0].write_to_path(str(tmp_path / "tls.crt"))
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    return tmp_path


def read(folder: Path, text: str) -> web_security.WebConfig:
    (folder / "web.yml").write_text(text)
    return web_security.read(folder / "web.yml")


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(folder, text)
    return [fault.line().replace(f"{folder}/", "") for fault in caught.value.faults]


def context(folder: Path, text: str) -> ssl.SSLContext:
    encryption = read(folder, f"tls_server_config: {{{PAIR}, {text}}}").security.encryption
    assert encryption is not None
    return encryption.context


@pytest.mark.parametrize("text", ["", "# nothing\n", "tls_server_config:\nbasic_auth_users: {}\n", "~\n"])
def test_an_empty_file_is_plain_http_for_everybody(folder: Path, text: str) -> None:
    security = read(folder, text).security
    assert (security.encryption, security.users, security.rate) == (None, {}, None)
    assert security.headers == SECURITY


def test_a_pair_of_files_beside_the_file_is_tls_1_2_and_newer(folder: Path) -> None:
    made = context(folder, "")
    assert (made.minimum_version, made.maximum_version) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    assert made.verify_mode is ssl.CERT_NONE
    assert made.options & ssl.OP_NO_RENEGOTIATION


def test_certificate_and_key_may_stand_in_the_file_itself(folder: Path) -> None:
    def inline(name: str, path: str) -> str:
        lines = (folder / path).read_text().splitlines()
        return f"  {name}: |\n" + "".join(f"    {line}\n" for line in lines)

    text = "tls_server_config:\n" + inline("cert", "tls.crt") + inline("key", "tls.key") + inline("client_ca", "ca.crt")
    security = read(folder, text + "  client_auth_type: RequireAndVerifyClientCert\n").security
    assert security.encryption is not None
    assert security.encryption.context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("min_version: TLS13", ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
        ("max_version: TLS12", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
        ("cipher_suites: [TLS_AES_128_GCM_SHA256]", ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
    ],
)
def test_versions_are_those_of_the_file(folder: Path, text: str, least: ssl.TLSVersion, most: ssl.TLSVersion) -> None:
    made = context(folder, text)
    assert made.minimum_version is least
    assert made.maximum_version in {most, ssl.TLSVersion.MAXIMUM_SUPPORTED}


def test_suites_are_those_of_the_file_in_its_order(folder: Path) -> None:
    names = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    made = context(folder, f"cipher_suites: [{names}]")
    chosen = [suite["name"] for suite in made.get_ciphers() if suite["protocol"] == "TLSv1.2"]
    assert chosen == ["ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"]
    assert made.options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_the_order_of_suites_may_be_the_clients(folder: Path) -> None:
    assert not context(folder, "prefer_server_cipher_suites: false").options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_users_headers_and_rate_are_those_of_the_file(folder: Path) -> None:
    text = (
        f"basic_auth_users: {{alice: '{HASH}', b.ob: '{HASH}'}}\n"
        "http_server_config: {headers: {X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=9,\n"
        "  Content-Security-Policy: ''}}\nrate_limit: {interval: 1m0.5s, burst: 3}\n"
    )
    security = read(folder, text).security
    assert dict(security.users) == {"alice": HASH, "b.ob": HASH}
    assert dict(security.headers) == dict(SECURITY) | {
        "X-Frame-Options": "sameorigin",
        "Strict-Transport-Security": "max-age=9",
    }
    assert security.rate == Rate(60.5, 3)


def test_no_rate_is_no_limit(folder: Path) -> None:
    assert read(folder, "rate_limit: {interval: 0, burst: 5}").security.rate is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tls_server_confg: {}", "tls_server_confg: file web.yml:1: a value"),
        ("tls_server_confg: 1", "tls_server_confg: file web.yml:1: unknown; did you mean tls_server_config?"),
        ("tls_server_config: {cert_fil: a}", "tls_server_config.cert_fil: file web.yml:1: unknown; did you mean"),
        ("http_server_config: {headers: {Server: x}}", "http_server_config.headers.Server: file web.yml:1: unknown"),
        (
            "http_server_config: {headers: {X-Frame-Options: allow}}",
            'http_server_config.headers.X-Frame-Options: file web.yml:1 = "allow": allowed: deny or sameorigin',
        ),
        ('http_server_config: {headers: {X-XSS-Protection: "a\\u0001"}}', "http_server_config.headers.X-XSS-Prot"),
        ("http_server_config: {http2: maybe}", 'http_server_config.http2: file web.yml:1 = "maybe": allowed: true'),
        ("basic_auth_users: {alice: secret}", 'basic_auth_users.alice: file web.yml:1 = "***": allowed: a bcrypt'),
        ("basic_auth_users: {alice: }", 'basic_auth_users.alice: file web.yml:1 = "***": allowed: a bcrypt'),
        (f"basic_auth_users: {{alice: '{HASH.replace('$04$', '$31$')}'}}", "basic_auth_users.alice: file web.yml:1"),
        (f"basic_auth_users: {{'': '{HASH}'}}", "basic_auth_users.: file web.yml:1: no user's name"),
        (f"basic_auth_users: {{'a:b': '{HASH}'}}", "basic_auth_users.a:b: file web.yml:1: no user's name"),
        ("rate_limit: {interval: 1s}", "rate_limit.burst: file web.yml:1: missing"),
        ("rate_limit: {interval: 1s, burst: 0}", 'rate_limit.burst: file web.yml:1 = "0": allowed: a whole number'),
        ("rate_limit: {interval: fast}", 'rate_limit.interval: file web.yml:1 = "fast": allowed: a duration'),
        ("tls_server_config: {cert_file: tls.crt}", "tls_server_config.key: file web.yml:1: missing; give key_file"),
        ("tls_server_config: {key_file: tls.key}", "tls_server_config.cert: file web.yml:1: missing; give cert_file"),
        (f"tls_server_config: {{{PAIR}, min_version: TLS11}}", "tls_server_config.min_version: file web.yml:1 = "),
        (f"tls_server_config: {{{PAIR}, max_version: TLS10}}", "tls_server_config.max_version: file web.yml:1 = "),
        (
            f"tls_server_config: {{{PAIR}, min_version: TLS13, max_version: TLS12}}",
            "tls_server_config.min_version: file web.yml:1: is above max_version",
        ),
        (
            f"tls_server_config: {{{PAIR}, max_version: TLS12, cipher_suites: [TLS_AES_128_GCM_SHA256]}}",
            "tls_server_config.cipher_suites: file web.yml:1: are all of TLS 1.3",
        ),
        (f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}", "tls_server_config.cipher_su"),
        (f"tls_server_config: {{{PAIR}, curve_preferences: [P1]}}", "tls_server_config.curve_preferences: file web"),
        (
            f"tls_server_config: {{{PAIR}, client_auth_type: RequireAnyClientCert}}",
            'tls_server_config.client_auth_type: file web.yml:1 = "RequireAnyClientCert": allowed: RequestClientCert,',
        ),
        (
            f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert}}",
            "tls_server_config.client_ca: file web.yml:1: missing; give client_ca_file or client_ca",
        ),
        (
            f"tls_server_config: {{{PAIR}, client_ca_file: ca.crt}}",
            "tls_server_config.client_auth_type: file web.yml:1: does nothing with the client CA",
        ),
        (
            f"tls_server_config: {{{PAIR}, {CA}, client_auth_type: VerifyClientCertIfGiven, client_allowed_sans: [a]}}",
            "tls_server_config.client_allowed_sans: file web.yml:1: holds for verified certificates only",
        ),
        (
            f"tls_server_config: {{{PAIR}, {CA}, {MUTUAL}, client_allowed_sans: []}}",
            'tls_server_config.client_allowed_sans: file web.yml:1 = "": allowed: a list of one or more',
        ),
        (
            "tls_server_config: {cert_file: none.crt, key_file: tls.key}",
            'tls_server_config.cert_file: file web.yml:1 = "none.crt": cannot be read (No such file or directory)',
        ),
        (
            "tls_server_config: {cert_file: ca.crt, key_file: tls.key}",
            "tls_server_config.key_file: file web.yml:1: does not belong to the certificate",
        ),
        (
            "tls_server_config: {cert_file: tls.key, key_file: tls.key}",
            "tls_server_config.cert_file: file web.yml:1: with its key is no pair that OpenSSL reads",
        ),
        (f"tls_server_config: {{{PAIR}, key: secret}}", 'tls_server_config.key: file web.yml:1 = "***": allowed: a'),
        (
            f"tls_server_config: {{{PAIR}, cert: '-----BEGIN x'}}",
            "tls_server_config.cert: file web.yml:1: give it here or by cert_file, not both",
        ),
    ],
)
def test_each_mistake_is_told_with_file_key_and_what_is_allowed(folder: Path, text: str, words: str) -> None:
    (line,) = faults(folder, text)
    assert line.startswith(words)
    assert "secret" not in line


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(folder: Path) -> None:
    key = s.load_pem_private_key(CERTIFICATE.private_key_pem.bytes(), None)
    locked = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b"pw"))
    (folder / "tls.key").write_bytes(locked)
    (line,) = faults(folder, f"tls_server_config: {{{PAIR}}}")
    assert "the key without a password" in line


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    text = "tls_server_config: {min_version: SSL3, cert_file: gone}\nbasic_auth_users: {a: b}\nx: 1\n"
    keys = [line.split(": ")[0] for line in faults(folder, text)]
    assert sorted(keys) == [
        "basic_auth_users.a",
        "tls_server_config.cert_file",
        "tls_server_config.key",
        "tls_server_config.min_version",
        "x",
    ]


def test_a_file_that_is_not_there_is_named_by_the_setting_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"web\.config_file: file /.*/none\.yml: cannot be read \(No such file"):
        web_security.read(tmp_path / "none.yml")


def test_what_has_no_effect_or_is_unsafe_is_told(folder: Path) -> None:
    text = (
        f"tls_server_config: {{{PAIR}, curve_preferences: [X25519], client_auth_type: RequestClientCert}}\n"
        "http_server_config: {http2: true}\n"
    )
    assert [key for key, _ in read(folder, text).caveats] == [
        "http_server_config.http2",
        "tls_server_config.curve_preferences",
        "tls_server_config.client_auth_type",
    ]
    assert [key for key, _ in read(folder, f"basic_auth_users: {{a: '{HASH}'}}").caveats] == ["basic_auth_users"]
    assert read(folder, f"tls_server_config: {{{PAIR}}}\nhttp_server_config: {{http2: false}}").caveats == []


def test_no_secret_prints(folder: Path) -> None:
    config = read(folder, f"tls_server_config: {{{PAIR}}}\nbasic_auth_users: {{alice: '{HASH}'}}")
    assert HASH not in repr(config)
    assert "PRIVATE" not in repr(config)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from([keys for keys in KEYS if len(keys) == 2]),
        st.none() | st.text(max_size=9) | st.lists(st.text(max_size=5), max_size=2),
    )
)
def test_any_values_are_a_configuration_or_faults(tmp_path: Path, values: dict[tuple[str, ...], object]) -> None:
    sections: dict[str, dict[str, object]] = {}
    for (section, name), value in values.items():
        sections.setdefault(section, {})[name] = value
    path = tmp_path / "w.yml"
    path.write_text(json.dumps(sections))
    told = list[str]()
    try:
        web_security.read(path)
    except SettingsError as error:
        told = [fault.line() for fault in error.faults]
    assert all(line.isprintable() for line in told)


def test_every_key_is_on_its_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "web-config.md").read_text(encoding="utf-8")
    assert [name for *_, name in KEYS if f"`{name}`" not in page and f".{name}`" not in page] == []
