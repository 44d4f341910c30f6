"""How a request is read, and who may ask it."""

import json

import pytest

from kubevigil.demo.access import Access, Allow
from kubevigil.demo.calls import BadQuery, Call, parse


@pytest.mark.parametrize(
    ("target", "read"),
    [
        ("/api/v1/pods", ("list", "pods", "", "", "")),
        ("/api/v1/pods?watch=1", ("watch", "pods", "", "", "")),
        ("/api/v1/pods?watch=false", ("list", "pods", "", "", "")),
        ("/api/v1/namespaces/shop/pods?watch=true", ("watch", "pods", "", "shop", "")),
        ("/api/v1/namespaces/shop/pods/a%2Db", ("get", "pods", "", "shop", "a-b")),
        ("/api/v1/namespaces/shop/pods/a/log", ("get", "pods", "log", "shop", "a")),
        ("/api/v1/namespaces", ("list", "namespaces", "", "", "")),
        ("/api/v1/namespaces/shop", ("get", "namespaces", "", "", "shop")),
        ("/api/v1/namespaces/shop/events", ("list", "events", "", "shop", "")),
        ("/api/v1/secrets", ("", "", "", "", "")),
        ("/api/v1/namespaces/shop/pods/a/log/b", ("", "", "", "", "")),
        ("/version", ("", "", "", "", "")),
    ],
)
def test_a_url_is_read_as_the_api_reads_it(target: str, read: tuple[str, ...]) -> None:
    call = parse("GET", target)
    assert (call.verb, call.resource, call.subresource, call.namespace, call.name) == read


@pytest.mark.parametrize("text", ["x", "-1", "1.5"])
def test_a_number_that_is_none_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(BadQuery, match="limit"):
        Call("GET", "/", {"limit": text}).number("limit")


def refusal(access: Access, target: str, authorization: str = "") -> tuple[int, str]:
    reply = access.refuse(parse("GET", target), authorization)
    return (0, "") if reply is None else (reply.code, json.loads(reply.body)["message"])


def test_a_wrong_token_is_unauthorized_and_the_right_one_is_not() -> None:
    access = Access(token="right")
    assert refusal(access, "/version") == (401, "Unauthorized")
    assert refusal(access, "/version", "Bearer wrong") == (401, "Unauthorized")
    assert refusal(access, "/version", "Bearer right") == (0, "")


def test_rights_are_by_verb_resource_and_namespace() -> None:
    access = Access(rules=(Allow("list", "pods", frozenset({"shop"})), Allow("get", "pods/log")))
    assert refusal(access, "/api/v1/namespaces/shop/pods")[0] == 0
    assert refusal(access, "/api/v1/namespaces/data/pods/a/log")[0] == 0
    assert refusal(access, "/version")[0] == 0
    code, message = refusal(access, "/api/v1/pods")
    assert code == 403
    assert 'cannot list resource "pods" in API group "" at the cluster scope' in message
    code, message = refusal(access, "/api/v1/namespaces/shop/pods/a")
    assert code == 403
    assert message.startswith('pods "a" is forbidden')
    assert message.endswith('cannot get resource "pods" in API group "" in the namespace "shop"')
