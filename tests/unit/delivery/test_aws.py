"""Signing for AWS: by AWS's own vectors, and before a server that signs everything once more and compares."""

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import auth
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubevigil.delivery.aws import AGAIN_SECONDS, AwsSignature
from kubevigil.delivery.client import Client
from kubevigil.delivery.credentials import Credentials, Request
from kubevigil.delivery.errors import DeliveryError, RefusedCredentials, Rejected
from kubevigil.model import clock
from tests.unit.delivery import aws_vectors as vectors
from tests.unit.delivery.aws_roles import ROLE, TokenService
from tests.unit.delivery.aws_vectors import VECTORS, Vector
from tests.unit.delivery.aws_verifier import MISMATCH, Key, Refused, Verifier, canonical_request, signed
from tests.unit.delivery.server import Asked, Reply, serving

ID, SECRET, TOKEN = "AKIDOFTHETESTS", "s3cret/of+the=tests", "a-token-of-the-tests=="
REGION = "eu-west-1"
BODY = b'{"create":{"_id":"1"}}\n{"message":"words"}\n'


@pytest.fixture(autouse=True)
def nobody_signs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No keys but those that a test gives, and no look for a machine's role."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)


@contextmanager
def client_of(*urls: str, credentials: AwsSignature | None = None) -> Iterator[Client]:
    used = credentials or AwsSignature(REGION, "es")
    client = Client(urls, random=Random(1), credentials=lambda: used)
    try:
        yield client
    finally:
        client.close()


def verifier(**options: Any) -> Verifier:
    return replace(Verifier({ID: Key(SECRET, TOKEN)}, REGION), **options)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """What we take for the time."""
    monkeypatch.setattr(auth, "get_current_datetime", lambda: moment.replace(tzinfo=None))


def now() -> datetime:
    return datetime.fromtimestamp(clock.wall(), UTC)


VECTOR = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
VECTORS_MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


@VECTOR
def test_we_sign_as_awss_vectors_say(vector: Vector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", vectors.ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", vectors.SECRET_KEY)
    if vector.token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", vector.token)
    at(monkeypatch, VECTORS_MOMENT)
    request = Request(vector.method, f"https://{vectors.HOST}{vector.target}", vector.headers, vector.body)
    headers = AwsSignature(vectors.REGION, vectors.SERVICE).headers_for(request)
    scope = f"{vectors.ACCESS_KEY}/20150830/{vectors.REGION}/{vectors.SERVICE}/aws4_request"
    assert headers["Authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={vector.signed_headers}, Signature={vector.signature}"
    )
    assert headers["X-Amz-Date"] == vectors.MOMENT
    assert headers.get("X-Amz-Security-Token", "") == vector.token


@VECTOR
def test_the_stand_in_signs_as_awss_vectors_say(vector: Vector) -> None:
    headers = {"Host": vectors.HOST, "X-Amz-Date": vectors.MOMENT, **vector.headers}
    if vector.token:
        headers["X-Amz-Security-Token"] = vector.token
    asked = Asked(vector.method, vector.target, headers, vector.body)
    canonical = canonical_request(asked, vector.signed_headers.split(";"))
    scope = [vectors.MOMENT[:8], vectors.REGION, vectors.SERVICE, "aws4_request"]
    assert signed(vectors.SECRET_KEY, scope, vectors.MOMENT, canonical) == vector.signature


@pytest.mark.usefixtures("in_environment")
def test_what_we_ask_is_signed_as_it_arrives_body_and_all() -> None:
    judge = verifier()
    with serving(judge) as server, client_of(server.url, server.url.replace("127.0.0.1", "LOCALHOST")) as client:
        for _ in range(2):
            assert client.bulk(BODY) == b'{"items":[]}'
        assert client.get("/").status == 200
        assert client.get("/_plugins/_ism/policies/k8s-crash_monitor.1").status == 200
        client.put("/_plugins/_ism/policies/k8s?if_seq_no=3&if_primary_term=1", {"policy": {}})
    assert judge.bodies == [BODY, BODY, b"", b"", b'{"policy": {}}']


@pytest.fixture
def signatures() -> dict[str, AwsSignature]:
    return {service: AwsSignature(REGION, service) for service in ("es", "aoss")}


@pytest.mark.usefixtures("in_environment")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200),
    path=st.from_regex(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,8}){0,3}/_bulk", fullmatch=True),
    query=st.from_regex(r"|\?[a-z_]{1,9}=[a-z0-9._~-]{0,9}(&[a-z_]{1,9}=[a-z0-9._~-]{0,9}){0,2}", fullmatch=True),
    port=st.sampled_from(["", ":443", ":9200"]),
    service=st.sampled_from(["es", "aoss"]),
)
def test_whatever_is_asked_passes_and_nothing_of_it_can_be_changed(
    *, body: bytes, path: str, query: str, port: str, service: str, signatures: dict[str, AwsSignature]
) -> None:
    url = f"https://host.example{port}{path}{query}"
    asked = arriving(Request("POST", url, {"Content-Type": "a/b"}, body), signatures[service])
    judge = verifier(service=service, wants_body_hash=service == "aoss")
    judge.verify(asked)
    for changed in (
        replace(asked, body=body + b"\n"),
        replace(asked, path="/x" + asked.path),
        replace(asked, path=f"{asked.path}{'&' if query else '?'}more=1"),
        replace(asked, method="PUT"),
        replace(asked, headers={**asked.headers, "Host": "other.example"}),
        replace(asked, headers={**asked.headers, "Content-Type": "b/a"}),
        replace(asked, headers={**asked.headers, "X-Amz-Security-Token": "other"}),
        replace(asked, headers={name: text for name, text in asked.headers.items() if name != "Authorization"}),
    ):
        with pytest.raises(Refused):
            judge.verify(changed)


def arriving(request: Request, signature: AwsSignature) -> Asked:
    """The request as a server sees it."""
    parts = urlsplit(request.url)
    host = parts.netloc.removesuffix(":443")
    headers = {"Host": host, **request.headers, **signature.headers_for(request)}
    return Asked(request.method, f"{parts.path}?{parts.query}" if parts.query else parts.path, headers, request.body)


@pytest.mark.usefixtures("in_environment")
def test_serverless_gets_the_bodys_hash_as_a_header_and_a_domain_does_not() -> None:
    judge = verifier(service="aoss", wants_body_hash=True)
    with serving(judge) as server, client_of(server.url, credentials=AwsSignature(REGION, "aoss")) as client:
        client.bulk(BODY)
    assert server.asked[0].headers["X-Amz-Content-SHA256"] == sha256(BODY).hexdigest()
    with serving(verifier()) as server, client_of(server.url) as client:
        client.bulk(BODY)
    assert "X-Amz-Content-SHA256" not in server.asked[0].headers


@pytest.mark.usefixtures("in_environment")
@pytest.mark.parametrize(
    ("judge", "words"),
    [
        pytest.param(verifier(keys={}), "security token included in the request is invalid", id="unknown key"),
        pytest.param(verifier(keys={ID: Key("other", TOKEN)}), MISMATCH, id="wrong secret"),
        pytest.param(verifier(keys={ID: Key(SECRET, "other")}), "security token", id="wrong token"),
        pytest.param(verifier(region="us-east-1"), "scoped to region us-east-1", id="region"),
        pytest.param(verifier(service="aoss"), "service aoss", id="service"),
    ],
)
def test_a_signature_that_is_refused_is_told_in_awss_first_line_alone(
    judge: Verifier, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(judge) as server, client_of(server.url) as client, pytest.raises(RefusedCredentials) as refused:
        client.bulk(BODY)
    assert words in str(refused.value)
    assert "Canonical" not in str(refused.value)
    assert judge.bodies == []
    assert_not_told(caplog, str(refused.value), repr(refused.value.__dict__))


def assert_not_told(caplog: pytest.LogCaptureFixture, *more: str) -> None:
    told = [*more, *(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)]
    for secret in (SECRET, TOKEN):
        assert not [text for text in told if secret in text]


@pytest.mark.usefixtures("in_environment")
@pytest.mark.parametrize(
    ("off", "word"), [(timedelta(minutes=6), "expired"), (-timedelta(minutes=6), "not yet current")]
)
def test_a_clock_that_is_wrong_is_told_and_a_right_one_passes(off: timedelta, word: str) -> None:
    judge = verifier(now=lambda: now() + off)
    with serving(judge) as server, client_of(server.url) as client:
        with pytest.raises(RefusedCredentials, match=f"Signature {word}"):
            client.bulk(BODY)
        judge.now = lambda: now() + off / 2
        client.bulk(BODY)


@pytest.mark.usefixtures("in_environment")
def test_each_attempt_is_signed_anew_so_a_body_that_waited_long_still_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = now()
    moments = [begun, begun + timedelta(hours=3)]
    answers = [Reply(503, b"{}"), Reply(body=b'{"items":[]}')]
    judge = verifier(now=lambda: moments[0], reply=lambda _: answers.pop(0))
    with serving(judge) as server, client_of(server.url) as client:
        at(monkeypatch, moments[0])
        with pytest.raises(DeliveryError, match="503"):
            client.bulk(BODY)
        at(monkeypatch, moments.pop())
        moments[0] += timedelta(hours=3)
        client.bulk(BODY)
    assert judge.bodies == [BODY, BODY]
    assert len(set(judge.signatures)) == 2


@pytest.mark.usefixtures("in_environment")
def test_the_next_host_gets_a_signature_of_its_own() -> None:
    judge = verifier()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{free.getsockname()[1]}"
        with serving(judge) as server, client_of(gone, server.url) as client:
            for _ in range(2):
                client.bulk(BODY)
    assert judge.bodies == [BODY, BODY]


def write_keys(file: Path, id_: str, secret: str) -> None:
    text = f"[default]\naws_access_key_id = {id_}\naws_secret_access_key = {secret}\n"
    file.with_suffix(".new").write_text(text, "utf-8")
    file.with_suffix(".new").replace(file)


def test_keys_in_a_file_that_changes_are_taken_over_and_one_that_is_gone_is_not_missed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    time = [0.0]
    judge = verifier(keys={"OLD": Key("old")})
    credentials = AwsSignature(REGION, "es", monotonic=lambda: time[0])
    with serving(judge) as server, client_of(server.url, credentials=credentials) as client:
        write_keys(file, "OLD", "old")
        client.bulk(BODY)
        write_keys(file, "NEW", "new")
        judge.keys = {"NEW": Key("new")}
        time[0] += AGAIN_SECONDS - 1
        with pytest.raises(RefusedCredentials):
            client.bulk(BODY)
        time[0] += 1
        client.bulk(BODY)
        for spoil in (lambda: file.write_text("[default", "utf-8"), file.unlink, another_source(monkeypatch)):
            spoil()
            time[0] += AGAIN_SECONDS
            client.bulk(BODY)
    assert {record.getMessage() for record in caplog.records if record.name.startswith("kubevigil")} == {
        "AWS credentials not read again, using the old ones"
    }


def another_source(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def appear() -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    return appear


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TokenService]:
    """A service account with a role, as EKS makes one: a token in a file, and a service that gives keys for it."""
    file = tmp_path / "token"
    file.write_text("the-accounts-token", "utf-8")
    service = TokenService("the-accounts-token")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
    with serving(service) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        yield service


def test_a_service_account_with_a_role_signs_with_keys_that_are_asked_for_once(tokens: TokenService) -> None:
    judge = verifier(keys=tokens.keys)
    with serving(judge) as server, client_of(server.url) as client:
        for _ in range(3):
            client.bulk(BODY)
    assert (tokens.given, len(judge.bodies)) == (1, 3)


def test_keys_that_are_about_to_expire_are_renewed_by_the_accounts_newest_token(
    tokens: TokenService, tmp_path: Path
) -> None:
    tokens.lifetime = timedelta(minutes=4)
    judge = verifier(keys=tokens.keys)
    with serving(judge) as server, client_of(server.url) as client:
        client.bulk(BODY)
        tokens.token = "a-newer-token"
        (tmp_path / "token").write_text("a-newer-token", "utf-8")
        for _ in range(3):
            client.bulk(BODY)
    assert tokens.given >= 4
    assert len(judge.bodies) == 4


def test_a_pod_with_an_identity_of_eks_signs_by_what_its_agent_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("the-pods-token", "utf-8")
    keys = {"AccessKeyId": ID, "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": "2999-01-01T00:00:00Z"}

    def agent(asked: Asked) -> Reply:
        return (
            Reply(body=json.dumps(keys).encode()) if asked.headers["Authorization"] == "the-pods-token" else Reply(401)
        )

    judge = verifier()
    with serving(agent) as given, serving(judge) as server, client_of(server.url) as client:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{given.url}/v1/credentials")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
        for _ in range(2):
            client.bulk(BODY)
    assert (len(given.asked), judge.bodies) == (1, [BODY, BODY])


@pytest.mark.parametrize("file", ["wrong", None], ids=["a wrong token", "no token"])
def test_a_role_that_is_refused_is_told_and_nothing_is_sent(
    tokens: TokenService, tmp_path: Path, file: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = tmp_path / "token"
    token.unlink() if file is None else token.write_text(file, "utf-8")
    words = "No such file" if file is None else "No OpenIDConnect provider found"
    with serving(verifier()) as server, client_of(server.url) as client:
        with pytest.raises(RefusedCredentials, match=words) as refused:
            client.bulk(BODY)
        token.write_text(tokens.token, "utf-8")
        server.reply = verifier(keys=tokens.keys)
        client.bulk(BODY)
    assert len(server.asked) == 1
    assert "the-accounts-token" not in f"{refused.value} {caplog.text}"


def test_keys_of_a_role_and_the_accounts_token_are_in_no_line(
    tokens: TokenService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(verifier(keys=tokens.keys)) as server, client_of(server.url) as client:
        client.bulk(BODY)
    [key] = tokens.keys.values()
    told = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    for secret in (key.secret, key.token, tokens.token):
        assert secret not in told


def test_with_nobody_to_sign_nothing_is_sent_and_it_is_told() -> None:
    with serving() as server, client_of(server.url) as client:
        with pytest.raises(RefusedCredentials, match="no AWS credentials to sign with: neither environment"):
            client.bulk(BODY)
        assert server.asked == []


def test_half_a_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ID)
    with serving() as server, client_of(server.url) as client:
        with pytest.raises(RefusedCredentials, match="AWS_SECRET_ACCESS_KEY"):
            client.bulk(BODY)
        assert server.asked == []


@pytest.mark.usefixtures("in_environment")
@pytest.mark.parametrize(
    ("answer", "type_"),
    [
        (b'{"Message":"User: arn is not authorized to perform: es:ESHttpPost"}', RefusedCredentials),
        (b'{"status":403,"error":{"reason":"403 Forbidden","type":"Forbidden"}}', RefusedCredentials),
        (b'{"error":{"type":"security_exception","reason":"no permissions"},"status":403}', RefusedCredentials),
        (b"<html>", RefusedCredentials),
        (b'{"error":{"type":"cluster_block_exception","reason":"read-only"},"status":403}', Rejected),
    ],
    ids=["a right", "serverless", "the server's own", "no JSON", "a full disk"],
)
def test_what_aws_refuses_waits_and_is_no_fault_of_the_document(answer: bytes, type_: type[DeliveryError]) -> None:
    with serving(Reply(403, answer)) as server, client_of(server.url) as client, pytest.raises(type_) as failure:
        client.bulk(BODY)
    assert failure.value.blames_body == (type_ is Rejected)


def test_a_403_that_nobody_signed_for_aws_is_what_it_was() -> None:
    with serving(Reply(403, b'{"message":"no"}')) as server:
        client = Client([server.url], random=Random(1), credentials=lambda: Credentials.bearer("t"))
        with pytest.raises(Rejected):
            client.bulk(BODY)
        client.close()


def test_two_for_the_same_place_are_the_same_and_show_nothing() -> None:
    first = AwsSignature(REGION, "es")
    assert first == AwsSignature(REGION, "es")
    assert first not in {AwsSignature(REGION, "aoss"), AwsSignature("us-east-1", "es"), Credentials.none()}
    assert hash(first) == hash(AwsSignature(REGION, "es"))
    assert (repr(first), first.kind) == ("Credentials(AWS signature)", "AWS signature")


def test_the_library_is_not_loaded_unless_it_is_needed() -> None:
    modules = "sys, kubevigil.app.ship_service, kubevigil.app.elasticsearch_setup"
    code = f"import {modules}; assert 'botocore' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
