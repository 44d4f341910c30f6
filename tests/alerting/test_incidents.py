"""What arrives in Slack when things crash: a real Alertmanager with the rendered routes."""

from dataclasses import replace
from typing import Any

from .alertmanager import LONG_AGO, Alertmanager, wait_for
from .conftest import Started
from .incidents import alert, of_container, storm
from .slack_stand_in import Message, Slack

QUICK = {"groupWait": "1s", "groupInterval": "2s"}
WEBHOOK = {"slack": {"secret": {"name": "slack", "key": "webhook"}, **QUICK}}
WORKLOADS = [f"service-{number}" for number in range(10)]


def bot(**more: Any) -> dict[str, Any]:
    secret = {"name": "slack", "key": "token"}
    return {"slack": {"secret": secret, "tokenType": "bot", "channel": "#crashes", **QUICK, **more}}


def arrived(slack: Slack, *words: str) -> Message:
    """The first message that has all of these in its title or text."""

    def found() -> Message | None:
        said = [m for m in slack.workspace.messages() if all(w in m.title + "\n" + m.text for w in words)]
        return said[0] if said else None

    return wait_for(f"a message with {words}", found)


def told_all(running: Alertmanager, slack: Slack) -> None:
    """Returns when each group that was there had its groupInterval: another had its first message and its second."""
    running.fire([of_container("KubevigilCrashLooping", "sentinel-1", "sentinel")])
    arrived(slack, "sentinel-1")
    running.fire([of_container("KubevigilCrashLooping", "sentinel-2", "sentinel")])
    arrived(slack, "sentinel-2")


def titles(slack: Slack) -> list[str]:
    return [message.title for message in slack.workspace.messages() if " sentinel" not in message.title]


def test_five_hundred_pods_of_ten_workloads_make_at_most_five_messages(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, WEBHOOK)
    early = [of_container("KubevigilContainerRestarted", name) for name in WORKLOADS]
    later = [of_container("KubevigilCrashLooping", name) for name in WORKLOADS]
    storms = [storm(name) for name in WORKLOADS]

    running.fire(early)
    arrived(slack, "WARNING shop: 10 alerts")
    running.fire(later + storms)
    assert "service-3" in arrived(slack, "CRITICAL shop: 10 alerts").text
    assert {s["state"] for s in running.state(alertname="KubevigilCrashLooping")} == {"suppressed"}
    running.resolve(early + later + storms)
    arrived(slack, "OVER shop: all 10 alerts")
    told_all(running, slack)
    assert len(titles(slack)) <= 5, titles(slack)


def test_what_is_critical_does_not_wait_behind_what_is_not(slack: Slack, alertmanager: Started) -> None:
    slow = {"slack": WEBHOOK["slack"] | {"groupInterval": "1h"}}
    running = alertmanager(slack, slow)
    running.fire([of_container("KubevigilCrashLooping")])
    arrived(slack, "WARNING")
    running.fire([storm("search")])
    assert arrived(slack, "CRITICAL").title == "CRITICAL shop/search: Many pods of a workload restart."


def test_a_message_says_what_where_since_when_and_what_to_do(slack: Slack, alertmanager: Started) -> None:
    alertmanager(slack, WEBHOOK).fire([replace(of_container("KubevigilCrashLooping"), began=LONG_AGO)])
    message = arrived(slack, "checkout")
    assert message.title == "WARNING shop/checkout: A container crashes again and again."
    assert message.text == (
        "`Deployment/checkout` container `app` since "
        "<!date^1772366400^{date_short_pretty} {time}|2026-03-01 12:00 UTC>\n"
        "Container app of Deployment shop/checkout crashed 4 times within 72 minutes in one pod, and goes on. "
        "Its last words, in the exporter's pod: kubevigil crashes list --namespace shop "
        "--workload Deployment/checkout.\n"
        "Exit code 137 (SIGKILL), 1\n"
        "Pods checkout-7d4b9c-p8qfz, checkout-7d4b9c-x2x9k and 3 more\n"
    )
    assert message.attachment["color"] == "warning"


def test_the_end_of_an_incident_is_told(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, WEBHOOK)
    crashing = [of_container("KubevigilCrashLooping")]
    running.fire(crashing)
    arrived(slack, "WARNING")
    running.resolve(crashing)
    message = arrived(slack, "OVER shop/checkout")
    assert (message.attachment["color"], message.text) == ("good", "Over: `Deployment/checkout` container `app`\n")


def test_the_end_is_not_told_where_nobody_wants_it(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, {"slack": WEBHOOK["slack"] | {"sendResolved": False}})
    crashing = [of_container("KubevigilCrashLooping")]
    running.fire(crashing)
    arrived(slack, "WARNING")
    running.resolve(crashing)
    told_all(running, slack)
    assert len(titles(slack)) == 1


def test_a_message_that_slack_put_off_comes_later_and_whole(slack: Slack, alertmanager: Started) -> None:
    slack.workspace.limit_next = 2
    alertmanager(slack, WEBHOOK).fire([of_container("KubevigilCrashLooping", name) for name in WORKLOADS])
    text = arrived(slack, "WARNING shop: 10 alerts").text
    assert all(f"`Deployment/{name}`" in text for name in WORKLOADS[:8])
    assert text.endswith("_and 2 more_\n")
    assert slack.workspace.limited == 2


def test_the_stock_alert_of_a_pod_that_ours_covers_is_muted(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, WEBHOOK)
    of_pod = {"pod": "checkout-1", "container": "app"}
    running.fire(
        [
            alert("KubevigilStockAlertInhibitor", labels={"pod": "checkout-1", "severity": "none"}),
            alert("KubePodCrashLooping", labels=of_pod),
            alert("KubePodCrashLooping", labels=of_pod | {"pod": "other-1"}),
        ]
    )
    (covered,) = running.state(alertname="KubePodCrashLooping", pod="checkout-1")
    (other,) = running.state(alertname="KubePodCrashLooping", pod="other-1")
    wait_for("one is muted", lambda: running.state(alertname="KubePodCrashLooping", pod="checkout-1")[0]["inhibitedBy"])
    assert other["inhibitedBy"] == []
    assert covered["silencedBy"] == []


def test_an_exporter_that_is_away_mutes_what_it_said_of_itself(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, WEBHOOK)
    running.fire([alert("KubevigilExporterAbsent", "monitoring"), alert("KubevigilStoreErrors", "monitoring")])
    arrived(slack, "CRITICAL monitoring")
    assert [s["state"] for s in running.state(alertname="KubevigilStoreErrors")] == ["suppressed"]


def test_the_inhibitor_is_never_told(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, WEBHOOK)
    silent = [alert("KubevigilStockAlertInhibitor", "quiet", {"pod": "a", "severity": "none"})]
    running.fire([*silent, of_container("KubevigilCrashLooping")])
    arrived(slack, "WARNING shop")
    running.resolve([*silent, of_container("KubevigilCrashLooping")])
    told_all(running, slack)
    assert not [m for m in slack.workspace.messages() if "quiet" in m.title]


def test_an_owner_s_channel_goes_before_the_routes(slack: Slack, alertmanager: Started) -> None:
    routes = [{"name": "payments", "namespaces": ["payments"], "channel": "#payments"}]
    running = alertmanager(slack, bot(ownerRouting=True, routes=routes))
    owned = {"workload": "basket", "owner": "team-shop", "slack_channel": "shop"}
    running.fire(
        [
            alert("KubevigilCrashLooping", "payments", owned),
            alert("KubevigilCrashLooping", "payments", {"workload": "ledger"}),
            alert("KubevigilCrashLooping", "shop", {"workload": "web"}),
        ]
    )
    channels = {name: arrived(slack, name).channel for name in ("basket", "ledger", "web")}
    assert channels == {"basket": "C0SHOP", "ledger": "C0PAYMENTS", "web": "C0CRASHES"}
    assert arrived(slack, "basket").attachment["footer"] == "Owner: team-shop · Kubevigil"


def test_people_are_called_when_it_begins_and_not_when_it_ends(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, bot(mentions=["@here", "S0ONCALL", "U0ALICE"]))
    crashing = [of_container("KubevigilCrashLooping")]
    running.fire(crashing)
    assert arrived(slack, "WARNING").attachment["pretext"] == "<!here> <!subteam^S0ONCALL> <@U0ALICE>"
    running.resolve(crashing)
    assert arrived(slack, "OVER").attachment.get("pretext", "") == ""


def test_with_update_message_an_incident_is_one_message_and_the_next_another(
    slack: Slack, alertmanager: Started
) -> None:
    running = alertmanager(slack, bot(updateMessage=True))
    crashing = [of_container("KubevigilCrashLooping")]
    running.fire(crashing)
    first = arrived(slack, "WARNING")
    running.resolve(crashing)
    told_all(running, slack)
    assert first.title == "OVER shop/checkout: A container crashes again and again."
    assert [edit["attachments"][0]["color"] for edit in first.edits] == ["warning"]
    assert len(titles(slack)) == 1

    running.fire([of_container("KubevigilCrashLooping", "search")])
    assert arrived(slack, "search").ts != first.ts


def test_a_channel_that_is_not_there_is_told_in_alertmanager_s_log(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, bot(channel="#nowhere"))
    running.fire([of_container("KubevigilCrashLooping")])
    wait_for("Slack refused it", lambda: "channel_not_found" in running.log())
    assert slack.workspace.messages() == []
