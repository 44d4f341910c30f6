"""What each value of the chart may be, as a fragment of JSON Schema draft-07. Helm matches patterns with RE2."""

from collections.abc import Mapping
from typing import Any, Final

Fragment = Mapping[str, Any]

_LABEL: Final = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN: Final = "[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
_QUANTITY: Final = "[0-9]+([.][0-9]+)?([kMGTPE]i?|m)?"
_PROMETHEUS_UNITS: Final = ("y", "w", "d", "h", "m", "s", "ms")


def text(pattern: str = "", **more: Any) -> Fragment:
    """A string, all of which matches `pattern` if there is one."""
    return {"type": "string", **({"pattern": f"^({pattern})$"} if pattern else {}), **more}


def one_of(*words: str | bool) -> Fragment:
    """One of these values."""
    return {"enum": list(words)}


def whole(least: int, most: int) -> Fragment:
    """A whole number from `least` to `most`."""
    return {"type": "integer", "minimum": least, "maximum": most}


def several(items: Fragment, **more: Any) -> Fragment:
    """A list of `items`."""
    return {"type": "array", "items": items, **more}


def closed(properties: Mapping[str, Fragment], **more: Any) -> Fragment:
    """A map with these keys and no other."""
    return {"type": "object", "additionalProperties": False, "properties": properties, **more}


_ANY_TEXT: Final = text()
_FLAG: Final[Fragment] = {"type": "boolean"}
_TEXTS: Final[Fragment] = {"type": "object", "additionalProperties": _ANY_TEXT}
_OF_KUBERNETES: Final[Fragment] = {"type": "object"}
"""An object of the Kubernetes API, which the API server checks; closed here, it would age."""

_NAME: Final = text(f"|{_SUBDOMAIN}")
_KEY: Final = text("[-._a-zA-Z0-9]{1,253}")
_KEY_IF_ANY: Final = text("[-._a-zA-Z0-9]{0,253}")
_USER: Final = text(r"[^\x00-\x1f:]*")
_PORT: Final = whole(1, 65_535)
_SECRET_KEY: Final = closed({"name": text(_SUBDOMAIN), "key": _KEY}, required=["name", "key"])
_PROMETHEUS_DURATION: Final = text("".join(f"([0-9]+{unit})?" for unit in _PROMETHEUS_UNITS))
_SOME_TIME: Final[Fragment] = {**_PROMETHEUS_DURATION, "minLength": 2}
_SOME_TEXT: Final = text(minLength=1)
_URL: Final = text(r"|https?://[^\s/{}\"<>]+(/[^\s{}\"<>]*)?")
_RULE_LABELS: Final[Fragment] = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {"^[a-zA-Z_][a-zA-Z0-9_]*$": _ANY_TEXT},
}
_CUSTOM_RULE: Final = closed(
    {
        "for": _SOME_TIME,
        "severity": _SOME_TEXT,
        "keep_firing_for": _SOME_TIME,
        "expr": _SOME_TEXT,
        "labels": _RULE_LABELS,
        "annotations": _RULE_LABELS,
    }
)
_PROBE: Final = closed(
    {
        "initialDelaySeconds": whole(0, 3600),
        "periodSeconds": whole(1, 3600),
        "timeoutSeconds": whole(1, 3600),
        "failureThreshold": whole(1, 10_000),
        "successThreshold": whole(1, 100),
    }
)

_AUTH: Final = one_of("basic", "apiKey", "bearerToken", "aws")
_GLOBS: Final = several(text("[a-z0-9.*?-]{1,253}"))
_CHANNEL: Final = text(r"[^\s{}<>\"]{0,81}")
_SEVERITIES: Final = several(one_of("critical", "warning"), minItems=1, uniqueItems=True)
_MENTIONS: Final = several(text("@(here|channel|everyone)|[SUW][A-Z0-9]+"))
_MATCHER: Final = text(
    r"\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(=~|!~|!=|=)\s*(\"([^\"\\\x00-\x1f]|\\[\"\\])*\"|[a-zA-Z0-9_.:/-]+)\s*"
)
_ROUTE: Final = closed(
    {
        "name": text("[a-z0-9-]{1,63}"),
        "namespaces": _GLOBS,
        "matchers": several(_MATCHER),
        "channel": _CHANNEL,
        "severities": _SEVERITIES,
        "mentions": _MENTIONS,
        "secret": closed({"name": text(_SUBDOMAIN), "key": _KEY, "urlKey": _KEY}),
        "sendResolved": _FLAG,
    },
    required=["name"],
)

_APP: Final = closed(
    {
        "name": text(_LABEL),
        "namespace": text(_LABEL),
        "labels": {**_TEXTS, "minProperties": 1},
        "port": text(_LABEL),
        "path": text(r"/[^\s\"]*"),
        "interval": _PROMETHEUS_DURATION,
        "kind": one_of("PodMonitor", "ServiceMonitor"),
    },
    required=["name", "namespace", "labels", "port"],
)
_RBAC_NAMES: Final = several(text(r"[^*\s]+"), minItems=1)
_VERBS: Final = several(text("[a-z]+", **{"not": {"enum": ["escalate", "bind", "impersonate"]}}), minItems=1)
_GROUPS: Final = several(text(r"[^*\s]*"), minItems=1)
_GIVEN_RULE: Final[Fragment] = {
    "oneOf": [
        closed(
            {"apiGroups": _GROUPS, "resources": _RBAC_NAMES, "resourceNames": _RBAC_NAMES, "verbs": _VERBS},
            required=["apiGroups", "resources", "verbs"],
        ),
        closed({"nonResourceURLs": _RBAC_NAMES, "verbs": _VERBS}, required=["nonResourceURLs", "verbs"]),
    ]
}
"""What the exporter holds in order to give it: no wildcards, and no verb by which an account gets more."""

READY_CHECKS: Final = (
    *("clusterDns", "nodeLocalDns", "apiObjects", "access", "nodeDisk", "nodeThreads", "storage", "imagePull"),
    *("criticalPods", "certificates", "policyEngine"),
)
"""The ready-made checks, by their keys in values.yaml; each has a file in the chart's files/checks."""

SHAPES: Final[Mapping[str, Fragment]] = {
    "global.imageRegistry": _ANY_TEXT,
    "nameOverride": text(f"|{_LABEL}"),
    "fullnameOverride": text(f"|{_LABEL}"),
    "namespaceOverride": text(f"|{_LABEL}"),
    "commonLabels": _TEXTS,
    "image.registry": _ANY_TEXT,
    "image.repository": text("[a-z0-9._/-]+"),
    "image.tag": text("|[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}"),
    "image.digest": text("|sha256:[0-9a-f]{64}"),
    "image.pullPolicy": one_of("Always", "IfNotPresent", "Never"),
    "imagePullSecrets": several(closed({"name": text(_SUBDOMAIN)}, required=["name"])),
    "replicas": whole(0, 1),
    "namespaces": several(text(_LABEL), uniqueItems=True),
    "store.existingSecret": _NAME,
    "store.key": _KEY,
    "elasticsearch.existingSecret": _NAME,
    "elasticsearch.auth": _AUTH,
    "elasticsearch.key": _KEY_IF_ANY,
    "elasticsearch.username": _USER,
    "elasticsearch.ca.existingSecret": _NAME,
    "elasticsearch.ca.key": _KEY,
    "elasticsearch.boards.enabled": _FLAG,
    "elasticsearch.resources": _OF_KUBERNETES,
    "elasticsearch.setup.enabled": _FLAG,
    "elasticsearch.setup.existingSecret": _NAME,
    "elasticsearch.setup.auth": _AUTH,
    "elasticsearch.setup.key": _KEY_IF_ANY,
    "elasticsearch.setup.username": _USER,
    "healthchecks.enabled": _FLAG,
    "healthchecks.crd.create": _FLAG,
    "healthchecks.templates.existingConfigMap": _NAME,
    "healthchecks.rights.level": one_of("off", "namespace", "cluster", False),
    "healthchecks.rights.rules": several(_GIVEN_RULE),
    **{f"checks.{name}.enabled": _FLAG for name in READY_CHECKS},
    **{f"checks.{name}.repeatAfterSec": whole(10, 86_400 * 30) for name in READY_CHECKS},
    "checks.image": text("[a-zA-Z0-9._/:@-]+"),
    "checks.podSecurityContext": _OF_KUBERNETES,
    "checks.clusterDns.remedy.enabled": _FLAG,
    "checks.clusterDns.remedy.resetInterval": whole(60, 86_400 * 30),
    "checks.clusterDns.remedy.namespace": text(_LABEL),
    "checks.clusterDns.remedy.deployment": text(_SUBDOMAIN),
    "checks.nodeLocalDns.address": text("[0-9a-fA-F.:]+"),
    "checks.nodeDisk.limit": whole(1, 100),
    "checks.nodeThreads.limit": whole(1, 100),
    "checks.storage.storageClass": _NAME,
    "checks.storage.size": text(_QUANTITY),
    "checks.storage.limit": whole(1, 100),
    "checks.imagePull.image": text("[a-zA-Z0-9._/:@-]*"),
    "checks.criticalPods.namespaces": several(text(_LABEL), minItems=1, uniqueItems=True),
    "checks.criticalPods.remedy.enabled": _FLAG,
    "checks.criticalPods.remedy.resetInterval": whole(60, 86_400 * 30),
    "checks.certificates.hosts": several(text(r"([a-zA-Z0-9.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")),
    "checks.certificates.days": whole(1, 3650),
    "checks.policyEngine.namespace": text(f"|{_LABEL}"),
    "web.existingSecret": _NAME,
    "web.configKey": _KEY,
    "web.tls": _FLAG,
    "web.clientCertificates": _FLAG,
    "persistence.enabled": _FLAG,
    "persistence.existingClaim": _NAME,
    "persistence.storageClass": text(f"|-|{_SUBDOMAIN}"),
    "persistence.size": text(_QUANTITY),
    "persistence.accessModes": several(one_of("ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"), minItems=1),
    "persistence.annotations": _TEXTS,
    "persistence.emptyDirSizeLimit": text(_QUANTITY),
    "rbac.create": _FLAG,
    "serviceAccount.create": _FLAG,
    "serviceAccount.name": _NAME,
    "serviceAccount.annotations": _TEXTS,
    "service.port": _PORT,
    "service.shipPort": _PORT,
    "service.annotations": _TEXTS,
    "serviceMonitor.enabled": one_of("auto", True, False),
    "serviceMonitor.labels": _TEXTS,
    "serviceMonitor.annotations": _TEXTS,
    "serviceMonitor.interval": _PROMETHEUS_DURATION,
    "serviceMonitor.scrapeTimeout": _PROMETHEUS_DURATION,
    "serviceMonitor.instance": _ANY_TEXT,
    "serviceMonitor.tlsConfig": _OF_KUBERNETES,
    "serviceMonitor.basicAuth": closed({"username": _SECRET_KEY, "password": _SECRET_KEY}),
    "serviceMonitor.metricRelabelings": several(_OF_KUBERNETES),
    "rules.enabled": one_of("auto", True, False),
    "rules.source": one_of("exporter", "kube-state-metrics", "both"),
    "rules.labels": _TEXTS,
    "rules.annotations": _TEXTS,
    "rules.interval": _PROMETHEUS_DURATION,
    "rules.runbookUrl": _URL,
    "rules.grafanaUrl": _URL,
    "rules.logsUrl": _URL,
    "rules.logsPath": text(r"|/[^\x00-\x1f\x7f]*"),
    "rules.keepFiringFor": _PROMETHEUS_DURATION,
    "rules.disabled": {"type": "object", "additionalProperties": _FLAG},
    "rules.customRules": {"type": "object", "additionalProperties": _CUSTOM_RULE},
    "rules.additionalRuleLabels": _RULE_LABELS,
    "rules.additionalRuleAnnotations": _RULE_LABELS,
    "dashboards.enabled": one_of("auto", True, False),
    "dashboards.labels": _TEXTS,
    "dashboards.annotations": _TEXTS,
    "dashboards.namespace": text(f"|{_LABEL}"),
    "dashboards.logsPath": text(r'|/[^\s"\\<>]*'),
    "dashboards.disabled": {"type": "object", "additionalProperties": _FLAG},
    "apps": several(_APP),
    "slack.mode": one_of("values", "perNamespace", "cluster"),
    "slack.secret.name": _NAME,
    "slack.secret.key": _KEY,
    "slack.secret.urlKey": _KEY,
    "slack.tokenType": one_of("webhook", "bot"),
    "slack.updateMessage": _FLAG,
    "slack.channel": _CHANNEL,
    "slack.severities": _SEVERITIES,
    "slack.mentions": _MENTIONS,
    "slack.sendResolved": _FLAG,
    "slack.routes": several(_ROUTE),
    "slack.ownerRouting": _FLAG,
    "slack.ignore.namespaces": _GLOBS,
    "slack.ignore.containers": _GLOBS,
    "slack.ignore.reasons": several(_SOME_TEXT, uniqueItems=True),
    "slack.groupWait": _SOME_TIME,
    "slack.groupInterval": _SOME_TIME,
    "slack.repeatInterval": _SOME_TIME,
    "slack.externalUrl": _URL,
    "slack.matcherStrategy": one_of("", "OnNamespace", "OnNamespaceExceptForAlertmanagerNamespace", "None"),
    "slack.alertmanagerNamespace": text(f"|{_LABEL}"),
    "networkPolicy.enabled": _FLAG,
    "networkPolicy.from": several(_OF_KUBERNETES),
    "networkPolicy.apiServer.cidrs": several(text("[0-9a-fA-F.:]+/[0-9]{1,3}")),
    "networkPolicy.apiServer.ports": several(_PORT, minItems=1),
    "networkPolicy.elasticsearch.to": several(_OF_KUBERNETES),
    "networkPolicy.elasticsearch.ports": several(_PORT),
    "networkPolicy.extraEgress": several(_OF_KUBERNETES),
    "sizing": one_of("", "small", "medium", "large", "xlarge"),
    "resources": _OF_KUBERNETES,
    "startupProbe": _PROBE,
    "livenessProbe": _PROBE,
    "readinessProbe": _PROBE,
    "podSecurityContext": _OF_KUBERNETES,
    "openshift": one_of("auto", True, False),
    "securityContext": _OF_KUBERNETES,
    "podDisruptionBudget.enabled": _FLAG,
    "podDisruptionBudget.maxUnavailable": whole(0, 1),
    "terminationGracePeriodSeconds": whole(10, 3600),
    "podLabels": _TEXTS,
    "podAnnotations": _TEXTS,
    "nodeSelector": _TEXTS,
    "tolerations": several(_OF_KUBERNETES),
    "affinity": _OF_KUBERNETES,
    "topologySpreadConstraints": several(_OF_KUBERNETES),
    "priorityClassName": _NAME,
    "extraArgs": several(_ANY_TEXT),
    "extraEnv": several(_OF_KUBERNETES),
    "extraVolumes": several(_OF_KUBERNETES),
    "extraVolumeMounts": several(_OF_KUBERNETES),
    "extraManifests": several({"type": ["object", "string"]}),
}
"""Every value but `config`, by its path in values.yaml."""
