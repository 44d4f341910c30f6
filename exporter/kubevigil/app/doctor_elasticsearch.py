"""Asks Elasticsearch or OpenSearch whether it is there, and set up for crashes."""

from collections.abc import Sequence
from typing import Final

from kubevigil.app.elasticsearch_setup import set_up_elasticsearch
from kubevigil.app.settings import Settings
from kubevigil.delivery.credentials import BadCredentials
from kubevigil.delivery.errors import DeliveryError, RefusedCredentials
from kubevigil.delivery.setup.applying import Report
from kubevigil.delivery.setup.steps import CHANGES, Change
from kubevigil.doctor.answer import Answer, fail, ok, skipped, some, warn
from kubevigil.doctor.copies import Pod

CHECK: Final = "elasticsearch"
_SETUP: Final = "kubevigil elasticsearch setup (the chart: --set elasticsearch.setup.enabled=true)"


def answer(settings: Settings, pods: Sequence[Pod]) -> Answer:
    """Whether crashes can be sent, by the settings; `pods` are the exporter's."""
    if not settings.elasticsearch_hosts:
        return _not_named(pods)
    hosts = some(settings.elasticsearch_hosts)
    try:
        report = set_up_elasticsearch(settings, dry_run=True)
    except (RefusedCredentials, BadCredentials) as error:
        return fail(
            CHECK, str(error), "see elasticsearch.* in docs/settings.md, and the rights in docs/elasticsearch.md"
        )
    except DeliveryError as error:
        return fail(
            CHECK, f"{hosts}: {error}", "is the address right, and may this machine reach it? docs/elasticsearch.md"
        )
    return _of(report, pods)


def _of(report: Report, pods: Sequence[Pod]) -> Answer:
    server = f"{report.server.kind} {report.server.number}, cluster {report.server.cluster}"
    lacking = [step.what for step in report.steps if step.change is Change.CREATE]
    if lacking:
        return fail(CHECK, f"{server} lacks {some(lacking)}", _SETUP)
    differing = [step.what for step in report.steps if step.change in CHANGES]
    if differing:
        return warn(CHECK, f"{server} has {some(differing)}, and not as these settings want it", _differs(pods))
    return ok(CHECK, f"{server} is reached and set up")


def _not_named(pods: Sequence[Pod]) -> Answer:
    inside = _by_the_sidecar(pods)
    if not inside:
        return skipped(CHECK, "elasticsearch.hosts names no server, so crashes are not sent")
    return skipped(CHECK, "the settings given here name no server; those of the log sidecar do", inside)


def _differs(pods: Sequence[Pod]) -> str:
    inside = _by_the_sidecar(pods)
    return f"ask by the log sidecar's own settings: {inside}; if they differ, too: {_SETUP}" if inside else _SETUP


def _by_the_sidecar(pods: Sequence[Pod]) -> str:
    """The command that asks in the first log sidecar, '' if none runs."""
    shipping = next((pod for pod in pods if pod.runs and pod.ships), None)
    if shipping is None:
        return ""
    where = f"kubectl -n {shipping.metadata.namespace} exec {shipping.metadata.name} -c ship"
    return f"{where} -- kubevigil doctor --config /etc/kubevigil/settings/settings.yaml"
