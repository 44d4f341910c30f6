"""What is said of Elasticsearch and OpenSearch, and the document of a crash that is found there, over HTTP."""

import json
from collections.abc import Iterator

import msgspec
import pytest

from kubevigil.app import doctor_elasticsearch, doctor_stations
from kubevigil.app.elasticsearch_setup import set_up_elasticsearch
from kubevigil.app.settings import Settings
from kubevigil.delivery.errors import DeliveryError
from kubevigil.doctor.answer import Status
from kubevigil.doctor.copies import Pod
from kubevigil.doctor.crash import Plan, Station
from tests.unit.delivery.server import Reply, Server, serving
from tests.unit.delivery.setup_server import ELASTICSEARCH, OPENSEARCH, serving_cluster

from .cluster import pod

PLAN = Plan("kubevigil-doctor-1a2b3c", "shop", "kubevigil:0.1.0", own_image=True)


@pytest.fixture(params=[ELASTICSEARCH, OPENSEARCH], ids=["elasticsearch", "opensearch"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving_cluster(request.param) as server:
        yield server


def test_one_that_is_not_set_up_is_told_with_the_command_and_nothing_is_written(server: Server) -> None:
    found = doctor_elasticsearch.answer(Settings(elasticsearch_hosts=(server.url,)), [])
    assert found.status is Status.FAIL
    assert "lacks policy k8s-crash-monitor, index template k8s-crash-monitor" in found.detail
    assert found.fix.startswith("kubevigil elasticsearch setup")
    assert {asked.method for asked in server.asked} == {"GET"}


def test_one_that_is_set_up_is_fine_and_other_settings_are_told(server: Server) -> None:
    settings = Settings(elasticsearch_hosts=(server.url,))
    set_up_elasticsearch(settings, dry_run=False)
    assert doctor_elasticsearch.answer(settings, []).status is Status.OK
    other = Settings(elasticsearch_hosts=(server.url,), elasticsearch_replicas=3)
    found = doctor_elasticsearch.answer(other, [])
    assert (found.status, "index template" in found.detail) == (Status.WARN, True)
    assert found.fix.startswith("kubevigil elasticsearch setup")
    shipping = msgspec.convert(pod(containers=["kubevigil", "ship"]), Pod)
    found = doctor_elasticsearch.answer(other, [shipping])
    assert "exec kubevigil-5f7d-x2x9k -c ship -- kubevigil doctor --config" in found.fix


def test_credentials_that_are_refused_are_not_taken_for_a_wrong_address() -> None:
    with serving(Reply(401, b'{"error":{"type":"security_exception","reason":"no"}}')) as server:
        found = doctor_elasticsearch.answer(Settings(elasticsearch_hosts=(server.url,)), [])
    assert found.status is Status.FAIL
    assert "refuses the credentials" in found.detail
    assert "docs/settings.md" in found.fix


@pytest.mark.parametrize(
    ("shape", "asked"), [("ecs", "kubernetes.pod.uid:%22uid-1%22"), ("legacy", f"pod_name:%22{PLAN.name}%22")]
)
def test_the_document_of_a_crash_is_looked_for_in_either_format(shape: str, asked: str) -> None:
    hits = [{"_index": "x", "_id": "3f9c", "_score": 1.0}]
    body = json.dumps({"took": 1, "hits": {"total": {"value": 1}, "hits": hits}}).encode()
    with serving(Reply(body=body)) as server:
        settings = Settings(elasticsearch_hosts=(server.url,), document_format=shape)
        look = doctor_stations.of_elasticsearch(settings, PLAN, "uid-1")[Station.DOCUMENT]
        assert look() == "document 3f9c"
        assert server.asked[0].path == f"/k8s-crash-monitor-*/_search?size=1&_source=false&q={asked}"
        server.reply = lambda _: Reply(body=b'{"hits":{"hits":[]}}')
        assert look() == ""
        server.reply = lambda _: Reply(404)
        assert look() == ""
        server.reply = lambda _: Reply(500)
        with pytest.raises(DeliveryError):
            look()
