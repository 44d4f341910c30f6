"""From a crash to a message in Slack: the real API server, exporter, Prometheus and Alertmanager, with our own rules.

One incident is played, and each test looks at a part of it. 500 pods of ten Deployments crash at once, played by KWOK,
beside a few containers on the real kubelet; then the exporter is killed and comes back; then all get a version that is
well. Durations are short (alerting.py), and logs are not read: played pods have none.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.alerting.slack_stand_in import Slack
from tests.conftest import Tell

from .alerting import SCALED, STEP, alertmanager_running, prometheus_running
from .alerting_channels import OWNER, SHOP, TEAM, Stumbling, in_channel, name_of, over
from .alerting_incident import played_node
from .alerting_play import DEATHS_EACH, LASTING, LINKS, PODS_EACH, WORKLOADS, Incident, Spaces, Stage, routes
from .cluster import Kubectl, wait_for
from .exporter import Exporter

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def slack() -> Stumbling:
    return Stumbling()


@pytest.fixture(scope="module")
def stage(
    slack: Stumbling, kubeconfig: Path, kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("alerting")
    with ExitStack() as running:
        shop, team, hushed = (running.enter_context(kubectl.fresh_namespace(n)) for n in ("shop", "team", "hushed"))
        spaces = Spaces(shop, team, hushed)
        server = running.enter_context(Slack(slack))
        alertmanager = running.enter_context(alertmanager_running(folder, routes(spaces), server))
        running.enter_context(played_node(kubectl))
        exporter = running.enter_context(Exporter(folder / "data", kubeconfig, "--capture=off")).until_ready()
        prometheus = running.enter_context(prometheus_running(folder, {**SCALED, **LINKS}))
        wait_for("Prometheus sees the exporter", lambda: prometheus.number("min(kubevigil_synced)") == 1)
        yield Stage(slack, alertmanager, prometheus, exporter, spaces)


@pytest.fixture(scope="module")
def incident(stage: Stage) -> Incident:
    return stage.played()


def test_five_hundred_crashing_pods_of_ten_workloads_are_told_in_at_most_five_messages(
    incident: Incident, tell: Tell
) -> None:
    told = in_channel(SHOP, incident.begun)
    deaths = len(WORKLOADS) * PODS_EACH * DEATHS_EACH
    tell(deaths=deaths, counted=incident.counted, messages_as_it_began=len(told), as_it_ended=len(incident.ended(SHOP)))
    assert incident.counted == deaths
    assert 1 <= len(told) <= 5
    assert not any(over(message) for message in told)
    assert all(f" {incident.spaces.shop.namespace}" in message.title for message in told)
    critical = [message.title for message in told if message.title.startswith("CRITICAL")]
    assert critical[-1] == f"CRITICAL {incident.spaces.shop.namespace}: {len(WORKLOADS)} alerts"


def test_slack_takes_every_message_and_one_that_it_put_off_or_lost_comes_again(
    incident: Incident, slack: Stumbling, stage: Stage, tell: Tell
) -> None:
    tell(messages=len(incident.told()), put_off=slack.limited, answered_with_500=slack.failed)
    assert (slack.faults, slack.refused) == ([], [])
    assert (slack.limited >= 1, slack.failed) == (True, 1)
    # Alertmanager tries again at once after a 500, and after a 429 with the group's next turn.
    assert stage.alertmanager.total("alertmanager_notifications_failed_total") == slack.limited


def test_an_owner_s_channel_and_a_route_s_are_told_of_their_own_with_exit_code_and_pods(incident: Incident) -> None:
    for channel, workload, code in ((OWNER, "basket", 4), (TEAM, "ledger", 3)):
        told = in_channel(channel, incident.begun)
        assert told, channel
        assert all(f"{incident.spaces.team.namespace}/{workload}" in message.title for message in told)
        looping = [message.text for message in told if "again and again" in message.title + message.text]
        assert looping, [message.title for message in told]
        assert f"Exit code {code}" in looping[0]
        assert [pod for pod in incident.pods[workload] if pod in looping[0]]


def test_nobody_is_told_of_an_ignored_namespace(incident: Incident) -> None:
    ignored = incident.spaces.hushed.namespace
    assert ignored in {alert["namespace"] for alert in incident.fired}
    assert ignored not in json.dumps([message.payload for message in incident.told()])


def test_the_exporter_is_killed_in_mid_incident_and_nothing_ends_and_nothing_is_told_twice(
    incident: Incident, tell: Tell
) -> None:
    tell(
        alerts_that_fired=len(incident.fired),
        longest_seconds_between_evaluations_that_fired=max(incident.gaps),
        messages=len(incident.while_killed),
    )
    assert {alert["alertname"] for alert in incident.fired} == LASTING
    assert max(incident.gaps) <= STEP
    assert [message.title for message in incident.while_killed] == []


def test_when_all_is_well_each_channel_is_told(incident: Incident) -> None:
    last = {name_of(message): message for message in incident.told()}
    assert last.keys() == {SHOP, TEAM, OWNER}
    assert {name: message.title for name, message in last.items() if not over(message)} == {}
