"""Who looks after HealthChecks, as far as one may see it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from kubevigil.app.check_leadership import Leader, leadership, place_of
from kubevigil.healthchecks.status import stamp
from kubevigil.kube.errors import Forbidden, NotFound, Unreachable
from kubevigil.kube.leases import Place

T = TypeVar("T")
NOW = 1_700_000_000
NOWHERE = Path("/nonexistent/namespace")


class Api:
    """Has leases by their path."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self._answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []

    def get_json(self, path: str, shape: type[T], query: Mapping[str, str]) -> T:
        self.asked.append((path.removeprefix("/apis/coordination.k8s.io/v1/"), dict(query)))
        if isinstance(self._answer, Exception):
            raise self._answer
        return msgspec.convert(self._answer, shape)


def lease(holder: str | None = "me", *, age: int = 1, namespace: str = "a") -> dict[str, Any]:
    return {
        "metadata": {"name": "kubevigil-healthchecks", "namespace": namespace},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": stamp(NOW - age)},
    }


def test_from_outside_the_leases_of_all_installations_are_looked_at_and_the_latest_counts() -> None:
    api = Api({"items": [lease("old", age=9), lease("new", namespace="b"), lease("", age=0)]})
    led = leadership(api, "", NOW, own_namespace=NOWHERE)
    assert led.leader == Leader("new", "b/kubevigil-healthchecks", NOW - 1)
    assert api.asked == [("leases", {"labelSelector": "kubevigil.io/lease=healthchecks"})]


def test_from_outside_a_lease_that_is_named_is_looked_for_in_all_namespaces() -> None:
    api = Api({"items": [lease()]})
    assert leadership(api, "mine", NOW, own_namespace=NOWHERE).leader is not None
    assert api.asked == [("leases", {"fieldSelector": "metadata.name=mine"})]


def test_in_a_pod_its_own_namespace_is_asked(tmp_path: Path) -> None:
    (tmp_path / "namespace").write_text("monitoring\n")
    api = Api(lease())
    led = leadership(api, "", NOW, own_namespace=tmp_path / "namespace")
    assert led.leader is not None
    assert api.asked == [("namespaces/monitoring/leases/kubevigil-healthchecks", {})]


def test_a_lease_that_is_named_whole_is_the_one() -> None:
    api = Api(lease())
    assert leadership(api, "x/mine", NOW, own_namespace=NOWHERE).leader is not None
    assert api.asked == [("namespaces/x/leases/mine", {})]


@pytest.mark.parametrize("found", [lease(age=31), lease(None), lease(""), {}])
def test_a_lease_that_ran_out_or_was_given_back_has_no_leader(found: dict[str, Any]) -> None:
    led = leadership(Api({"items": [found]}), "", NOW, own_namespace=NOWHERE)
    assert (led.leader, led.unknown) == (None, "")


def test_what_may_not_be_seen_is_not_known_rather_than_missing() -> None:
    forbidden = Forbidden("list", "leases.coordination.k8s.io", "")
    assert leadership(Api(forbidden), "", NOW, own_namespace=NOWHERE).unknown.startswith("may not list leases")
    assert leadership(Api(Unreachable("no route")), "", NOW, own_namespace=NOWHERE).unknown == "no route"
    assert not leadership(Api(NotFound("x", "")), "a/b", NOW, own_namespace=NOWHERE).unknown


def test_where_the_lease_is_follows_the_setting_then_the_pod_then_the_default(tmp_path: Path) -> None:
    (tmp_path / "namespace").write_text("monitoring")
    own = tmp_path / "namespace"
    assert place_of("x/y", environ={}, own_namespace=own) == Place("x", "y")
    assert place_of("", environ={}, own_namespace=own) == Place("monitoring", "kubevigil-healthchecks")
    assert place_of("y", environ={"POD_NAMESPACE": "z"}, own_namespace=NOWHERE) == Place("z", "y")
    assert place_of("", environ={}, own_namespace=NOWHERE) == Place("default", "kubevigil-healthchecks")
