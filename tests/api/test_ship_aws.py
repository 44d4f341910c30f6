"""`kubevigil ship` to a server that checks each request's AWS signature, as its users start it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.search_stand_in import StandIn
from tests.faults.ship_backlog import backlog
from tests.faults.ship_store import deliveries
from tests.unit.delivery.aws_roles import ROLE, TokenService
from tests.unit.delivery.aws_verifier import Key, Verifier
from tests.unit.delivery.server import Asked, Reply, Server, serving

from .running import until
from .test_ship import Running

ID, SECRET, TOKEN = "AKIDOFTHETESTS", "s3cret-of-the-tests", "session-token-of-the-tests"
FOR_AWS = {"KUBEVIGIL_ELASTICSEARCH_AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}
BY_KEYS = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}


@pytest.fixture
def index() -> StandIn:
    return StandIn()


@pytest.fixture
def gate(index: StandIn) -> Verifier:
    """What lets through to the index who signs rightly."""

    def reply(asked: Asked) -> Reply:
        return Reply(body=json.dumps(index.take(asked.body, lambda _: None)).encode())

    return Verifier({ID: Key(SECRET, TOKEN)}, reply=reply)


@pytest.fixture
def server(gate: Verifier) -> Iterator[Server]:
    with serving(gate) as server:
        yield server


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    backlog(folder, lambda number: f"words of {number}", 300)
    return folder


def test_what_waits_is_signed_and_taken(data: Path, server: Server, gate: Verifier, index: StandIn) -> None:
    with Running(data, server.url, "--once", **FOR_AWS, **BY_KEYS) as running:
        assert running.process.wait(60) == 0, running.words()
    assert "sent 300, waiting 0, dead 0\n" in running.words()
    assert (len(index.documents), index.foreign, index.duplicates) == (300, [], 0)
    assert len(gate.bodies) == len(server.asked)


def test_with_a_wrong_key_all_waits_is_told_and_no_key_is_in_anything_that_it_shows(
    data: Path, server: Server, gate: Verifier, index: StandIn
) -> None:
    gate.keys = {ID: Key("another", TOKEN)}
    with Running(data, server.url, "--log-level=debug", **FOR_AWS, **BY_KEYS) as running:
        until(lambda: running.get("/readyz")[0] == 503)
        assert "refuses the AWS signature" in running.get("/readyz")[1]
        shown = [running.get(path)[1] for path in ("/", "/metrics", "/readyz", "/healthz")]
        shown.append(Path(f"/proc/{running.process.pid}/cmdline").read_text("utf-8"))
        assert deliveries(data) == {"waiting": 300}
        assert index.documents == {}
        gate.keys = {ID: Key(SECRET, TOKEN)}
        until(lambda: deliveries(data) == {"sent": 300})
        assert running.stop() == 0
        shown += [running.words(), *(file.read_bytes().decode("latin-1") for file in data.iterdir())]
        for secret in (SECRET, TOKEN):
            assert not [text for text in shown if secret in text]


def test_the_role_of_a_service_account_signs(
    data: Path, server: Server, gate: Verifier, index: StandIn, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("the-accounts-token", "utf-8")
    roles = TokenService("the-accounts-token", keys=gate.keys)
    with serving(roles) as service:
        by_role = {
            "AWS_ROLE_ARN": ROLE,
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "AWS_ENDPOINT_URL_STS": service.url,
        }
        with Running(data, server.url, "--once", **FOR_AWS, **by_role) as running:
            assert running.process.wait(60) == 0, running.words()
    assert len(index.documents) == 300
    assert roles.given == 1


def test_without_anybody_to_sign_it_says_so_and_sends_nothing(data: Path, server: Server) -> None:
    with Running(data, server.url, **FOR_AWS) as running:
        until(lambda: running.get("/readyz")[0] == 503)
        assert "no AWS credentials to sign with" in running.get("/readyz")[1]
        assert running.get("/healthz")[0] == 200
        assert running.stop() == 0
    assert server.asked == []
    assert deliveries(data) == {"waiting": 300}
