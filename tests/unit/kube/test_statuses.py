"""HTTP statuses, headers and paths into words."""

from random import Random

import msgspec
import pytest

from kubevigil.kube.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Gone,
    KubeError,
    NotFound,
    Refused,
    ServerError,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Undecodable,
    Unreachable,
)
from kubevigil.kube.retry_after import seconds_to_wait
from kubevigil.kube.roles import Cause, cause_of
from kubevigil.kube.statuses import error_of
from kubevigil.kube.target import Target, target_of

PODS = "/api/v1/namespaces/shop/pods"


def _error(status: int, answer: bytes = b"") -> KubeError:
    return error_of(status, "api:6443", PODS, {}, answer, wait=0.0)


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        (302, Refused, Cause.HTTP),
        (400, Refused, Cause.HTTP),
        (401, Unauthorized, Cause.DENIED),
        (403, Forbidden, Cause.DENIED),
        (404, NotFound, Cause.HTTP),
        (409, Conflict, Cause.HTTP),
        (410, Gone, Cause.GONE),
        (429, TooManyRequests, Cause.HTTP),
        (500, ServerError, Cause.HTTP),
        (504, ServerError, Cause.HTTP),
    ],
)
def test_every_status_has_its_error_and_every_error_its_cause(status: int, kind: type, cause: Cause) -> None:
    error = _error(status)
    assert type(error) is kind
    assert cause_of(error) is cause


def test_a_409_is_a_name_that_is_taken_or_a_change_that_came_too_late() -> None:
    taken = _error(409, b'{"reason":"AlreadyExists","message":"leases \\"x\\" already exists"}')
    late = _error(409, b'{"reason":"Conflict","message":"the object has been modified"}')
    assert (type(taken), type(late)) == (AlreadyExists, Conflict)
    assert str(taken) == 'an object of that name is there already (409): leases "x" already exists'
    assert cause_of(taken) is Cause.HTTP


WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/shop/workflows"


def _denied(message: str, method: str = "POST") -> KubeError:
    answer = msgspec.json.encode({"code": 403, "message": message})
    return error_of(403, "h", WORKFLOWS, {}, answer, wait=0.0, method=method)


def test_a_403_to_a_write_names_the_right_that_is_missing() -> None:
    said = 'workflows.argoproj.io is forbidden: User "x" cannot create resource "workflows" in API group "argoproj.io"'
    error = _denied(said)
    assert isinstance(error, Forbidden)
    assert str(error).startswith(
        "may not create workflows.argoproj.io in namespace 'shop' (403): grant create on workflows.argoproj.io to"
    )
    assert "name the namespaces" not in str(Forbidden("create", "namespaces", ""))
    assert isinstance(_denied(""), Forbidden)


def test_a_403_that_no_right_would_mend_is_told_in_the_servers_words() -> None:
    for said in ("exceeded quota: pods", "unable to create new content in namespace shop: it is being terminated"):
        error = _denied(said)
        assert isinstance(error, Refused)
        assert (error.status, error.detail) == (403, said)


def test_what_is_no_answer_has_a_cause_too() -> None:
    assert cause_of(Undecodable("x")) is cause_of(TooLarge(1)) is Cause.DECODE
    assert cause_of(Unreachable("x")) is Cause.RESET


def test_w12_a_403_says_which_right_to_grant_where() -> None:
    assert str(_error(403)).startswith("may not list pods in namespace 'shop' (403): grant get, list, watch on pods to")
    whole = error_of(403, "h", "/api/v1/pods", {"watch": "1"}, b"", wait=0.0)
    assert "may not watch pods in the whole cluster" in str(whole)
    assert "ClusterRole" in str(whole)


def test_the_servers_own_words_are_told_on_one_line_and_not_at_length() -> None:
    error = _error(500, b'{"code":500,"message":"a\\n b' + b"x" * 1000 + b'","details":{"retryAfterSeconds":4}}')
    assert isinstance(error, ServerError)
    assert error.retry_after == 4
    assert "\n" not in str(error)
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/api/v1/pods", Target("list", "pods", "")),
        (PODS, Target("list", "pods", "shop")),
        (PODS + "/web-1", Target("get", "pods", "shop")),
        (PODS + "/web-1/log", Target("get", "pods/log", "shop")),
        ("/api/v1/namespaces", Target("list", "namespaces", "")),
        ("/api/v1/namespaces/shop", Target("get", "namespaces", "")),
        ("/apis/apps/v1/namespaces/shop/replicasets/x", Target("get", "replicasets.apps", "shop")),
        ("/apis/argoproj.io/v1alpha1/workflows", Target("list", "workflows.argoproj.io", "")),
        ("/version", Target("get", "/version", "")),
        ("/api/v1", Target("get", "/api/v1", "")),
    ],
)
def test_a_path_tells_which_right_it_needs(path: str, target: Target) -> None:
    assert target_of(path, {}) == target


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("POST", PODS, Target("create", "pods", "shop")),
        ("POST", PODS + "/web-1/eviction", Target("create", "pods/eviction", "shop")),
        ("PUT", PODS + "/web-1", Target("update", "pods", "shop")),
        ("PATCH", PODS + "/web-1/status", Target("patch", "pods/status", "shop")),
        ("DELETE", PODS + "/web-1", Target("delete", "pods", "shop")),
        ("DELETE", PODS, Target("deletecollection", "pods", "shop")),
        ("POST", "/apis/coordination.k8s.io/v1/leases", Target("create", "leases.coordination.k8s.io", "")),
        ("POST", "/elsewhere", Target("post", "/elsewhere", "")),
    ],
)
def test_a_method_tells_which_right_it_needs(method: str, path: str, target: Target) -> None:
    assert target_of(path, {}, method) == target


def test_w4_500_random_answers_are_never_taken_for_an_earlier_time() -> None:
    random = Random(11)
    for _ in range(500):
        seconds = random.randint(0, 3600)
        assert seconds_to_wait(f" {seconds} ", None, 0.0) == seconds


def test_w4_a_date_is_compared_with_the_servers_own_clock() -> None:
    later, sent = "Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"
    assert seconds_to_wait(later, sent, now=0.0) == 30.0
    assert seconds_to_wait(later, None, now=1792567700.0) == 10.0
    assert seconds_to_wait(sent, later, now=0.0) == 0.0


@pytest.mark.parametrize("text", [None, "", "soon", "-3", "1e9", "Wed, 99 Oct"])
def test_a_malformed_retry_after_is_none(text: str | None) -> None:
    assert seconds_to_wait(text, None, 0.0) == 0.0


def test_a_retry_after_of_a_day_is_taken_for_an_hour() -> None:
    assert seconds_to_wait("86400", None, 0.0) == 3600.0
