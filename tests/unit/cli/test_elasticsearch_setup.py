"""`kubevigil elasticsearch setup` as its users start it, against a server on loopback."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from kubevigil.cli.main import main
from tests.unit.delivery.server import Reply, Server, serving
from tests.unit.delivery.setup_server import ELASTICSEARCH, OPENSEARCH, serving_cluster

WORD = "hunter2hunter2"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(variable)


@pytest.fixture(params=[ELASTICSEARCH, OPENSEARCH], ids=["elasticsearch", "opensearch"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving_cluster(request.param) as server:
        yield server


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["elasticsearch", "setup", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def report(capsys: pytest.CaptureFixture[str], server: Server, *arguments: str) -> dict[str, Any]:
    code, out, err = told(capsys, f"--elasticsearch-hosts={server.url}", "--json", *arguments)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def puts(server: Server) -> int:
    return sum(asked.method == "PUT" for asked in server.asked)


def test_the_second_time_nothing_is_changed(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(capsys, server)["changed"] == puts(server) == 2
    assert report(capsys, server)["changed"] == 0
    assert puts(server) == 2


def test_a_dry_run_tells_the_requests_and_sends_none_that_writes(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(capsys, server, "--dry-run")
    assert found["changed"] == 2
    assert puts(server) == 0
    assert "k8s-crash-monitor-" in json.dumps(found)


def test_for_people_it_names_the_server_and_says_what_changed(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, f"--elasticsearch-hosts={server.url}")
    assert (code, err) == (0, "")
    assert "cluster lab" in out
    assert out.endswith("changed: 2\n")
    assert told(capsys, f"--elasticsearch-hosts={server.url}", "--dry-run")[1].endswith("would change: 0\n")


def test_retention_and_prefix_are_those_of_the_settings(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    report(capsys, server, "--elasticsearch-retention=7d", "--elasticsearch-index=crashes-")
    written = b"".join(asked.body for asked in server.asked)
    assert b'"7d"' in written
    assert b"crashes-*" in written


def test_without_hosts_it_says_which_setting_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys)
    assert (code, out) == (2, "")
    assert "elasticsearch.hosts" in err


def test_a_server_that_cannot_be_reached_is_3_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as gone:
        pass
    code, out, err = told(capsys, f"--elasticsearch-hosts={gone.url}")
    assert (code, out) == (3, "")
    assert gone.url.removeprefix("http://") in err


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_server_that_refuses_is_3_and_its_words_are_told(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    words = b'{"error":{"type":"security_exception","reason":"so it is"}}'
    with serving(Reply(status, words)) as server:
        code, out, err = told(capsys, f"--elasticsearch-hosts={server.url}")
    assert (code, out) == (3, "")
    assert str(status) in err
    assert "so it is" in err


def test_the_password_signs_the_requests_and_is_not_shown(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEVIGIL_ELASTICSEARCH_USERNAME", "kubevigil")
    monkeypatch.setenv("KUBEVIGIL_ELASTICSEARCH_PASSWORD", WORD)
    code, out, err = told(capsys, f"--elasticsearch-hosts={server.url}", "--json")
    assert code == 0
    assert all(asked.headers["Authorization"].startswith("Basic ") for asked in server.asked)
    assert WORD not in out + err


def test_a_password_that_no_header_can_hold_is_2_and_not_shown(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEVIGIL_ELASTICSEARCH_BEARER_TOKEN", f"{WORD} {WORD}")
    code, out, err = told(capsys, f"--elasticsearch-hosts={server.url}")
    assert (code, out) == (2, "")
    assert "bearer token" in err
    assert WORD not in err
    assert not server.asked


def test_a_ca_file_that_is_none_is_2_and_named(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, f"--elasticsearch-hosts={server.url}", "--elasticsearch-ca-file=/nowhere/ca.pem")
    assert (code, out) == (2, "")
    assert "/nowhere/ca.pem" in err
