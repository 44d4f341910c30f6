"""The cluster that the measurements play: as large, as unwell and as repeatable as they say."""

from collections import Counter

import msgspec

from kubevigil.kube.decode import Decoder
from kubevigil.model.pod import Pod
from tests.perf.pods import Condition, containers_of, first_states, pod

PODS = 5_000


def test_the_same_seed_makes_the_same_pods_byte_for_byte() -> None:
    first, second = ([msgspec.json.encode(pod(s, 7)) for s in first_states(50, seed=3)] for _ in range(2))
    assert first == second
    assert first != [msgspec.json.encode(pod(s, 7)) for s in first_states(50, seed=4)]


def test_a_pod_takes_eight_to_nine_kilobytes_a_third_of_it_managed_fields() -> None:
    pods = [pod(state, 1) for state in first_states(500)]
    whole = sum(len(msgspec.json.encode(each)) for each in pods) / len(pods)
    managed = sum(len(msgspec.json.encode(each["metadata"]["managedFields"])) for each in pods) / len(pods)
    assert 8_000 < whole < 9_000
    assert 0.3 < managed / whole < 0.45


def test_the_shares_are_those_that_are_said() -> None:
    states = first_states(PODS)
    containers = Counter(containers_of(state) for state in states)
    assert all(abs(containers[count] / PODS - said) < 0.02 for count, said in ((1, 0.67), (2, 0.26), (3, 0.07)))
    assert abs(sum(state.condition is not Condition.RUNNING for state in states) / PODS - 0.05) < 0.01
    assert abs(sum(state.deaths > 0 for state in states) / PODS - 0.20) < 0.02


def test_no_two_pods_share_a_uid_or_a_place() -> None:
    decoded = [_decoded(pod(state, 1)) for state in first_states(PODS)]
    assert len({each.metadata.uid for each in decoded}) == PODS
    assert len({(each.metadata.namespace, each.metadata.name) for each in decoded}) == PODS


def test_an_instance_that_waits_for_its_restart_has_died_and_is_not_counted_as_restarted() -> None:
    state = next(s for s in first_states(PODS) if s.condition is Condition.CRASH_LOOP)
    status = (_decoded(pod(state, 1)).status.container_statuses or ())[0]
    assert status.restart_count == state.deaths - 1
    assert status.last_state is not None
    assert status.last_state.terminated is not None
    assert status.container_id == status.last_state.terminated.container_id


def _decoded(body: dict[str, object]) -> Pod:
    line = msgspec.json.encode({"metadata": {"resourceVersion": "1"}, "items": [body]})
    return Decoder(Pod).page(line).items[0]
