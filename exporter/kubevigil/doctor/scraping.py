"""Whether Prometheus scrapes us, has our rules, and hands alerts on. Pure."""

from collections.abc import Collection, Sequence
from typing import Final

from kubevigil.doctor.answer import Answer, fail, ok, some, warn
from kubevigil.doctor.prometheus import RuleGroup, Sample, Target

SCRAPE: Final = "scrape"
LOADED: Final = "rules-loaded"
HANDED_ON: Final = "alertmanagers"
NOTIFIED: Final = "notifications"
FIRING: Final = "own-alerts"

_UP: Final = 'up{job=~"kubevigil|kubevigil-ship"}'
"""Our chart's ServiceMonitor gives these jobs, whatever the release is called."""

_NEW: Final = 150
"""Seconds, more than two intervals of a minute. What is scraped no more leaves its last value for five minutes."""

UP: Final = f"{_UP} and time() - timestamp({_UP}) < {_NEW}"
"""Which of our targets were reached at the latest scrape."""

FAILED_NOTIFICATIONS: Final = "sum by (integration) (increase(alertmanager_notifications_failed_total[1h])) > 0"

OWN_ALERTS: Final = (
    "KubevigilCrashLogCaptureFailing",
    "KubevigilCrashLogDeadLetters",
    "KubevigilCrashLogDeliveryFailing",
    "KubevigilCrashLogsDropped",
    "KubevigilExporterAbsent",
    "KubevigilNotSynced",
    "KubevigilOutboxBacklog",
    "KubevigilSeriesCardinality",
    "KubevigilStoreErrors",
    "KubevigilWatchStale",
)
"""Those that the exporter's rules have about the exporter itself."""

FIRING_ALERTS: Final = f'ALERTS{{alertstate="firing",alertname=~"{"|".join(OWN_ALERTS)}"}}'

_OF_JOB: Final = "the ServiceMonitor's job must be kubevigil, as the chart has it, and its Service must have endpoints"


def scrape(up: Sequence[Sample], targets: Sequence[Target]) -> Answer:
    """By `UP`, and the targets for their errors."""
    if not any(sample.metric.get("job") == "kubevigil" for sample in up):
        fix = f"see service-monitor above; if that is ok: {_OF_JOB}, and a new target takes Prometheus a minute"
        return fail(SCRAPE, "Prometheus has no target with the job kubevigil", fix)
    down = [sample for sample in up if not sample.number]
    if not down:
        return ok(SCRAPE, f"{len(up)} {_plural(len(up), 'target')} up: {some(_name(sample) for sample in up)}")
    jobs = {sample.metric.get("job") for sample in down}
    why = next(
        (t.last_error for t in targets if t.health == "down" and t.labels.get("job") in jobs), "no reason is told"
    )
    detail = f"{some(_name(sample) for sample in down)} cannot be scraped: {why}"
    return fail(SCRAPE, detail, _mend(why))


_IN_THE_WAY: Final = (
    "is a network policy in the way (networkPolicy.enabled=false shows it), or serviceMonitor.scrapeTimeout short?"
)


def _mend(why: str) -> str:
    """What the words of a failed scrape stand for."""
    hints = {
        "401": "give the ServiceMonitor the password: --set serviceMonitor.basicAuth (docs/web-config.md)",
        "x509": "have Prometheus trust the certificate: --set serviceMonitor.tlsConfig (docs/web-config.md)",
        "tls": "scheme and certificate must agree: --set web.tls and serviceMonitor.tlsConfig (docs/web-config.md)",
        "deadline": _IN_THE_WAY,
        "timeout": _IN_THE_WAY,
        "refused": "the exporter does not listen: kubectl logs of its pod says why",
    }
    lower = why.lower()
    return next((fix for word, fix in hints.items() if word in lower), "kubectl logs of the exporter's pod says more")


def loaded(groups: Sequence[RuleGroup], wanted: Collection[str]) -> Answer:
    """Whether our alerts are loaded and evaluate; `wanted` has those of our PrometheusRule, where it could be read."""
    rules = {rule.name: rule for group in groups for rule in group.rules if rule.type == "alerting"}
    there = {name for name in rules if name.startswith("Kubevigil")}
    missing = sorted(set(wanted) - rules.keys())
    if not there or missing:
        fix = (
            "see rules above; if that is ok wait a minute; then the log of prometheus-operator, which refuses bad rules"
        )
        detail = f"not loaded: {some(missing)}" if there else "Prometheus has loaded none of our alerts"
        return fail(LOADED, detail, fix)
    broken = sorted(name for name in there if rules[name].health == "err")
    ours = (rule for group in groups if "kubevigil" in group.name for rule in group.rules)
    broken += [rule.name for rule in ours if rule.type == "recording" and rule.health == "err"]
    if broken:
        errors = {rule.name: rule.last_error for group in groups for rule in group.rules}
        fix = "two sources of the same series are the usual reason: see copies; docs/alerts.md"
        return fail(LOADED, f"{some(broken)} cannot be evaluated: {errors[broken[0]]}", fix)
    return ok(LOADED, f"{len(there)} alerts are loaded and evaluate")


def handed_on(addresses: Sequence[str]) -> Answer:
    """Whether Prometheus knows an Alertmanager."""
    if addresses:
        return ok(HANDED_ON, f"Prometheus hands alerts to {some(addresses)}")
    fix = (
        "does an Alertmanager run (see alertmanager)? If so, set alerting.alertmanagers of the Prometheus, as"
        " kube-prometheus-stack does with alertmanager.enabled=true"
    )
    return fail(HANDED_ON, "Prometheus knows no Alertmanager: alerts fire and nobody hears of them", fix)


def notified(failed: Sequence[Sample]) -> Answer:
    """By `FAILED_NOTIFICATIONS`: whether Alertmanager got rid of what it had to tell."""
    if not failed:
        return ok(NOTIFIED, "no notification is known to have failed within the last hour")
    told = some(f"{round(one.number)} by {one.metric.get('integration', '?')}" for one in failed)
    fix = "kubectl logs of the Alertmanager says why: channel_not_found, invalid_auth, ... (docs/slack.md)"
    return fail(NOTIFIED, f"notifications failed within the last hour: {told}", fix)


def own_alerts(firing: Sequence[Sample]) -> Answer:
    """By `FIRING_ALERTS`: what Kubevigil's alerts say of Kubevigil."""
    names = sorted({sample.metric.get("alertname", "?") for sample in firing})
    if not names:
        return ok(FIRING, "none of the alerts about Kubevigil itself fires")
    return warn(FIRING, f"{some(names)} fires", f"docs/alerts.md, and the runbook: rules/runbooks/{names[0]}.md")


def _name(sample: Sample) -> str:
    return f"{sample.metric.get('job', '?')} {sample.metric.get('instance', '?')}"


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
