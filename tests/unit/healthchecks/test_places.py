"""In which namespaces a check's workflows may run."""

import pytest

from kubevigil.healthchecks.controller import Options
from kubevigil.healthchecks.manifest import BadTemplate

from .making import meta

CHECK = meta(namespace="shop")


def test_a_workflow_runs_in_its_checks_own_namespace() -> None:
    Options().check_place(CHECK, "shop")
    Options(namespaces=("shop",)).check_place(CHECK, "shop")


def test_one_in_another_namespace_is_refused_unless_the_setting_names_it() -> None:
    with pytest.raises(BadTemplate, match=r"resource.namespace is 'kube-system': not the check's own \(shop\)"):
        Options().check_place(CHECK, "kube-system")
    with pytest.raises(BadTemplate, match="nor one of checks"):
        Options(workflow_namespaces=("health",)).check_place(CHECK, "kube-system")
    Options(workflow_namespaces=("health",)).check_place(CHECK, "health")


def test_one_where_nobody_would_see_it_is_refused() -> None:
    options = Options(namespaces=("shop",), workflow_namespaces=("health",))
    with pytest.raises(BadTemplate, match="does not watch"):
        options.check_place(CHECK, "health")
