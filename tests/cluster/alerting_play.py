"""The incident of the tests of alerts: what is broken, killed and mended in which order, and what was seen of it."""

import itertools
from collections.abc import Mapping
from signal import SIGKILL
from typing import Any, Final, NamedTuple

from tests.alerting.slack_stand_in import Message

from .alerting import GROUP_INTERVAL, GROUP_WAIT, STEP, Alertmanager, Prometheus
from .alerting_channels import EVERYBODY, OWNER, SHOP, TEAM, Stumbling, in_channel, over
from .alerting_incident import all_dead, all_well, crashing, make_well, played
from .cluster import Kubectl, wait_for
from .exporter import Exporter

LASTING: Final = {"KubevigilWorkloadRestartStorm", "KubevigilCrashLooping"}
"""The alerts that fire until the pods are well; the others tell of single restarts, and end by themselves."""

LINKS: Final = {
    "grafanaUrl": "https://grafana.example",
    "runbookUrl": "https://runbooks.example",
    "logsUrl": "https://kibana.example",
}
"""Of `_config`, for rules and routes."""

WORKLOADS: Final = [f"service-{number}" for number in range(10)]
PODS_EACH: Final = 50
DEATHS_EACH: Final = 4


class Spaces(NamedTuple):
    """Namespaces: of the ten Deployments, of the real containers, and of one that nobody wants to hear of."""

    shop: Kubectl
    team: Kubectl
    hushed: Kubectl


class Incident(NamedTuple):
    """What was seen of it. Messages are in the order in which they came."""

    spaces: Spaces
    begun: list[Message]
    """Before the exporter was killed."""
    while_killed: list[Message]
    """From then until the exporter was back and one more message would have come."""
    rest: list[Message]
    fired: list[dict[str, str]]
    """Labels of the LASTING alerts that fired when the exporter was killed."""
    gaps: list[float]
    """Of each of them the longest time, in seconds, between two evaluations at which it fired, from then until the
    exporter had been back for a while."""
    counted: int
    """Ends of containers of the ten Deployments, by Prometheus, before the exporter was killed."""
    pods: Mapping[str, list[str]]
    """The names of the real ones, by Deployment."""

    def told(self) -> list[Message]:
        return [*self.begun, *self.while_killed, *self.rest]

    def ended(self, channel: str) -> list[Message]:
        return [message for message in in_channel(channel, self.rest) if over(message)]


class Stage:
    """All that runs, and the steps of the play."""

    def __init__(
        self, slack: Stumbling, alertmanager: Alertmanager, prometheus: Prometheus, exporter: Exporter, spaces: Spaces
    ) -> None:
        self.slack = slack
        self.alertmanager = alertmanager
        self.prometheus = prometheus
        self.exporter = exporter
        self.spaces = spaces

    def break_all(self) -> None:
        """Returns when all is told."""
        self.slack.limit_next = self.slack.fail_next = 1
        shop, team, hushed = self.spaces
        team("create", "--filename=-", stdin=crashing("ledger", pods=2, code=3, annotations={}))
        owner = {"kubevigil.io/slack-channel": OWNER, "kubevigil.io/owner": "payments"}
        team("create", "--filename=-", stdin=crashing("basket", pods=2, code=4, annotations=owner))
        hushed("create", "--filename=-", stdin=played(["noise"], pods=5, deaths=DEATHS_EACH))
        shop("create", "--filename=-", stdin=played(WORKLOADS, pods=PODS_EACH, deaths=DEATHS_EACH))
        wait_for("all pods are dead", lambda: all_dead(shop, DEATHS_EACH), 240)
        wait_for("each workload's storm fires", self.storms_fire, 30)
        self.until_quiet("what began")

    def storms_fire(self) -> bool:
        labels = {"alertname": "KubevigilWorkloadRestartStorm", "namespace": self.spaces.shop.namespace}
        return {alert["workload"] for alert in self.prometheus.firing(**labels)} == set(WORKLOADS)

    def until_quiet(self, what: str) -> None:
        """Returns when no message has come for longer than Alertmanager may hold one back."""
        longest = GROUP_WAIT + GROUP_INTERVAL + 2 * STEP
        last = {"messages": -1, "since": 0.0}

        def quiet() -> bool:
            now, messages = self.prometheus.now(), len(self.slack.messages())
            if messages != last["messages"]:
                last.update(messages=messages, since=now)
            return now - last["since"] > longest

        wait_for(f"no more messages of {what}", quiet, 150)

    def mend_all(self) -> None:
        """Returns when nothing fires any more, and all is told."""
        shop, team, hushed = self.spaces
        for space, names in ((shop, WORKLOADS), (team, ["ledger", "basket"]), (hushed, ["noise"])):
            make_well(space, names)
        wait_for("all pods are well", lambda: all(all_well(space) for space in self.spaces), 90)
        wait_for("no alert fires", lambda: self.prometheus.firing() == [], 240)
        self.until_quiet("what ended")

    def played(self) -> Incident:
        self.break_all()
        counted, pods = self.counted(), self.real_pods()
        begun, fired, since = self.slack.messages(), self.lasting(), self.prometheus.now()
        self.exporter.stop(SIGKILL)
        wait_for("Prometheus misses the exporter", lambda: self.prometheus.number("up") == 0)
        self.exporter.start()
        self.exporter.until_ready()
        self.until_quiet("the exporter's return")
        while_killed, gaps = self.slack.messages()[len(begun) :], self.gaps(fired, since)
        self.mend_all()
        rest = self.slack.messages()[len(begun) + len(while_killed) :]
        return Incident(self.spaces, begun, while_killed, rest, fired, gaps, counted, pods)

    def counted(self) -> int:
        space = self.spaces.shop.namespace
        return int(self.prometheus.number(f'sum(kubevigil_workload_terminations_total{{namespace="{space}"}})'))

    def real_pods(self) -> dict[str, list[str]]:
        items = self.spaces.team.json("get", "pods")["items"]
        names: dict[str, list[str]] = {}
        for item in items:
            names.setdefault(item["metadata"]["labels"]["app"], []).append(item["metadata"]["name"])
        return names

    def lasting(self) -> list[dict[str, str]]:
        return [alert for alert in self.prometheus.firing() if alert["alertname"] in LASTING]

    def gaps(self, alerts: list[dict[str, str]], since: float) -> list[float]:
        found = []
        now = self.prometheus.now()
        for labels in alerts:
            matchers = ",".join(f'{name}="{value}"' for name, value in labels.items())
            (moments,) = self.prometheus.moments(f'ALERTS{{{matchers},alertstate="firing"}}', since)
            found.append(max(later - earlier for earlier, later in itertools.pairwise([since, *moments, now])))
        return found


def routes(spaces: Spaces) -> dict[str, Any]:
    """Values of `_config`, as a user would have them but for the waits."""
    slack = {
        "secret": {"name": "slack", "key": "token"},
        "tokenType": "bot",
        "channel": EVERYBODY,
        "ownerRouting": True,
        "groupWait": f"{GROUP_WAIT}s",
        "groupInterval": f"{GROUP_INTERVAL}s",
        "ignore": {"namespaces": ["hushed-*"]},
        "routes": [
            {"name": "shop", "namespaces": ["shop-*"], "channel": SHOP},
            {"name": "team", "namespaces": [spaces.team.namespace], "channel": TEAM},
        ],
    }
    return {"slack": slack, **LINKS}
