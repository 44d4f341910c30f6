"""Finding HealthChecks: page by page, in the namespaces that are named."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import pytest

from kubevigil.app.check_finding import NoHealthChecks, find_checks
from kubevigil.kube.errors import Forbidden, NotFound

T = TypeVar("T")


class Api:
    """Answers with pages, one after the other."""

    def __init__(self, *pages: dict[str, Any] | Exception) -> None:
        self._pages = list(pages)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def get_json(self, path: str, shape: type[T], query: Mapping[str, str]) -> T:
        self.asked.append((path, dict(query)))
        page = self._pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return msgspec.convert(page, shape)


def page(*names: str, token: str = "") -> dict[str, Any]:
    items = [{"metadata": {"name": name, "namespace": "n", "uid": name}} for name in names]
    return {"items": items, "metadata": {"continue": token} if token else {}}


def test_all_pages_are_read_and_the_checks_are_in_order() -> None:
    api = Api(page("c", "a", token="more"), page("b"))
    assert [item.metadata.name for item in find_checks(api, ())] == ["a", "b", "c"]
    path = "/apis/activemonitor.keikoproj.io/v1alpha1/healthchecks"
    assert api.asked == [(path, {"limit": "500"}), (path, {"limit": "500", "continue": "more"})]


def test_each_namespace_is_asked_for_the_one_name() -> None:
    api = Api(page("a"), page())
    assert len(find_checks(api, ("x", "y"), "a")) == 1
    assert [path.split("/")[5] for path, _ in api.asked] == ["x", "y"]
    assert {query["fieldSelector"] for _, query in api.asked} == {"metadata.name=a"}


def test_a_cluster_without_the_resource_is_told_as_such() -> None:
    with pytest.raises(NoHealthChecks, match="CustomResourceDefinition"):
        find_checks(Api(NotFound("/apis/x", "")), ())


def test_a_missing_right_is_told_as_it_is() -> None:
    with pytest.raises(Forbidden):
        find_checks(Api(Forbidden("list", "healthchecks", "")), ())
