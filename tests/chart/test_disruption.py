"""The PodDisruptionBudget: for clusters whose policies ask for one, and no hindrance unless somebody wants it."""

from .helm import Helm

ON = {"podDisruptionBudget": {"enabled": True}}


def test_there_is_none_unless_it_is_asked_for(helm: Helm) -> None:
    assert helm.objects().of("PodDisruptionBudget") == []


def test_it_is_of_the_exporters_pod_and_lets_a_node_be_drained(helm: Helm) -> None:
    objects = helm.objects(ON)
    spec = objects.one("PodDisruptionBudget")["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["selector"] == objects.one("Deployment")["spec"]["selector"]


def test_it_can_hold_the_pod_where_it_is_but_never_one_that_is_not_ready(helm: Helm) -> None:
    spec = helm.objects({"podDisruptionBudget": {"enabled": True, "maxUnavailable": 0}}).one("PodDisruptionBudget")[
        "spec"
    ]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (0, "AlwaysAllow")


def test_an_old_api_server_is_not_given_what_it_does_not_know(helm: Helm) -> None:
    for version, known in (("1.26.9", False), ("1.27.0", True), ("1.35.1-eks-abc", True)):
        spec = helm.objects(ON, "--kube-version", version).one("PodDisruptionBudget")["spec"]
        assert ("unhealthyPodEvictionPolicy" in spec) is known
