"""Every value does something, and what is no value is refused by its name."""

from typing import Any, NamedTuple

import pytest
from charts.generate import settings
from charts.generate.shapes import READY_CHECKS, SHAPES

from .helm import CI, NO_VALUES, Helm, Objects, Refused, Values, ci, joined, nested


class Change(NamedTuple):
    """Another value than the default, and what else must be set for it to matter."""

    to: Any
    where: Values = NO_VALUES


ON = {"enabled": True}
MONITORED = {"serviceMonitor": ON}
RULED = {"rules": ON}
BOARDED = {"dashboards": ON}
SENT = {"slack": {"mode": "cluster", "matcherStrategy": "None", "secret": {"name": "slack"}}}
BY_BOT = joined(SENT, {"slack": {"tokenType": "bot", "channel": "#all"}})
KEPT = {"persistence": ON}
GUARDED = {"networkPolicy": ON}
SHIPS = {"config": {"elasticsearch": {"hosts": ["https://es.test:9200"]}}}
SIGNED = joined(SHIPS, {"elasticsearch": {"existingSecret": "es"}})
SET_UP = joined(SHIPS, {"elasticsearch": {"setup": ON}})
SET_UP_BY_OTHERS = joined(SET_UP, {"elasticsearch": {"setup": {"existingSecret": "admin"}}})
FOR_AWS = joined(SHIPS, {"config": {"elasticsearch": {"aws_region": "eu-west-1"}}})
CHECKS = {"healthchecks": ON}
WEB = {"web": {"existingSecret": "kubevigil-web"}}


def ready(name: str, **values: Any) -> Values:
    """The values by which a ready-made check is on."""
    return joined(CHECKS, {"checks": {name: {"enabled": True, **values}}})


CHANGES = {
    "global.imageRegistry": Change("mirror.test"),
    "nameOverride": Change("vigil"),
    "fullnameOverride": Change("other"),
    "namespaceOverride": Change("elsewhere"),
    "commonLabels": Change({"team": "platform"}),
    "image.registry": Change("registry.test"),
    "image.repository": Change("mirror/kubevigil"),
    "image.tag": Change("9.9.9"),
    "image.digest": Change("sha256:" + "0" * 64),
    "image.pullPolicy": Change("Always"),
    "imagePullSecrets": Change([{"name": "registry"}]),
    "replicas": Change(0),
    "namespaces": Change(["shop"]),
    "store.existingSecret": Change("kubevigil-store"),
    "store.key": Change("other", {"store": {"existingSecret": "kubevigil-store"}}),
    "elasticsearch.existingSecret": Change("es", SHIPS),
    "elasticsearch.auth": Change("apiKey", SIGNED),
    "elasticsearch.key": Change("other", SIGNED),
    "elasticsearch.username": Change("shipper", SIGNED),
    "elasticsearch.ca.existingSecret": Change("ca", SHIPS),
    "elasticsearch.ca.key": Change("tls.crt", joined(SHIPS, {"elasticsearch": {"ca": {"existingSecret": "ca"}}})),
    "elasticsearch.boards.enabled": Change(False, SHIPS),
    "elasticsearch.resources": Change({"limits": {"memory": "1Gi"}}, SHIPS),
    "elasticsearch.setup.enabled": Change(True, SHIPS),
    "elasticsearch.setup.existingSecret": Change("admin", SET_UP),
    "elasticsearch.setup.auth": Change("bearerToken", SET_UP_BY_OTHERS),
    "elasticsearch.setup.key": Change("other", SET_UP_BY_OTHERS),
    "elasticsearch.setup.username": Change("admin", SET_UP_BY_OTHERS),
    "healthchecks.enabled": Change(True),
    "healthchecks.crd.create": Change(False, CHECKS),
    "healthchecks.rights.level": Change("namespace", CHECKS),
    "healthchecks.rights.rules": Change(
        [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}],
        {"healthchecks": {"enabled": True, "rights": {"level": "cluster"}}},
    ),
    "healthchecks.templates.existingConfigMap": Change("check-workflows", CHECKS),
    **{f"checks.{name}.enabled": Change(True, CHECKS) for name in READY_CHECKS},
    **{f"checks.{name}.repeatAfterSec": Change(999, ready(name)) for name in READY_CHECKS},
    "checks.image": Change("mirror.test/tools:1", ready("access")),
    "checks.podSecurityContext": Change({"runAsUser": 1}, ready("access")),
    "checks.clusterDns.remedy.enabled": Change(True, ready("clusterDns")),
    "checks.clusterDns.remedy.resetInterval": Change(999, ready("clusterDns", remedy=ON)),
    "checks.clusterDns.remedy.namespace": Change("dns", ready("clusterDns", remedy=ON)),
    "checks.clusterDns.remedy.deployment": Change("resolver", ready("clusterDns", remedy=ON)),
    "checks.nodeLocalDns.address": Change("169.254.25.10", ready("nodeLocalDns")),
    "checks.nodeDisk.limit": Change(50, ready("nodeDisk")),
    "checks.nodeThreads.limit": Change(50, ready("nodeThreads")),
    "checks.storage.storageClass": Change("fast", ready("storage")),
    "checks.storage.size": Change("1Gi", ready("storage")),
    "checks.storage.limit": Change(50, ready("storage")),
    "checks.imagePull.image": Change("registry.test/probe:1", ready("imagePull")),
    "checks.criticalPods.namespaces": Change(["kube-system", "dns"], ready("criticalPods")),
    "checks.criticalPods.remedy.enabled": Change(True, ready("criticalPods")),
    "checks.criticalPods.remedy.resetInterval": Change(999, ready("criticalPods", remedy=ON)),
    "checks.certificates.hosts": Change(["web.test:8443"], ready("certificates")),
    "checks.certificates.days": Change(30, ready("certificates")),
    "checks.policyEngine.namespace": Change("guarded", ready("policyEngine")),
    "web.existingSecret": Change("kubevigil-web"),
    "web.configKey": Change("other.yml", WEB),
    "web.tls": Change(True, WEB),
    "web.clientCertificates": Change(True, joined(WEB, {"web": {"tls": True}})),
    "persistence.enabled": Change(True),
    "persistence.existingClaim": Change("mine", KEPT),
    "persistence.storageClass": Change("fast", KEPT),
    "persistence.size": Change("9Gi", KEPT),
    "persistence.accessModes": Change(["ReadWriteOncePod"], KEPT),
    "persistence.annotations": Change({"a.test/b": "c"}, KEPT),
    "persistence.emptyDirSizeLimit": Change("1Gi"),
    "rbac.create": Change(False),
    "serviceAccount.create": Change(False),
    "serviceAccount.name": Change("other"),
    "serviceAccount.annotations": Change({"a.test/b": "c"}),
    "service.port": Change(9090),
    "service.shipPort": Change(9091, SHIPS),
    "service.annotations": Change({"a.test/b": "c"}),
    "serviceMonitor.enabled": Change(True),
    "serviceMonitor.labels": Change({"release": "other"}, MONITORED),
    "serviceMonitor.annotations": Change({"a.test/b": "c"}, MONITORED),
    "serviceMonitor.interval": Change("15s", MONITORED),
    "serviceMonitor.scrapeTimeout": Change("10s", MONITORED),
    "serviceMonitor.instance": Change("europe-1", MONITORED),
    "serviceMonitor.tlsConfig": Change(
        {"insecureSkipVerify": True}, joined(MONITORED, joined(WEB, {"web": {"tls": True}}))
    ),
    "serviceMonitor.basicAuth": Change({"username": {"name": "scrape", "key": "user"}}, MONITORED),
    "serviceMonitor.metricRelabelings": Change([{"action": "drop", "regex": "x"}], MONITORED),
    "rules.enabled": Change(True),
    "rules.source": Change("both", RULED),
    "rules.labels": Change({"release": "other"}, RULED),
    "rules.annotations": Change({"a.test/b": "c"}, RULED),
    "rules.interval": Change("15s", RULED),
    "rules.runbookUrl": Change("https://books.test", RULED),
    "rules.grafanaUrl": Change("https://grafana.test", RULED),
    "rules.logsUrl": Change("https://logs.test", RULED),
    "rules.logsPath": Change("/explore", joined(RULED, {"rules": {"logsUrl": "https://logs.test"}})),
    "rules.keepFiringFor": Change("15m", RULED),
    "rules.disabled": Change({"KubevigilExporterAbsent": True}, RULED),
    "rules.customRules": Change({"KubevigilExporterAbsent": {"for": "1h"}}, RULED),
    "rules.additionalRuleLabels": Change({"team": "platform"}, RULED),
    "rules.additionalRuleAnnotations": Change({"more": "words"}, RULED),
    "dashboards.enabled": Change(True),
    "dashboards.labels": Change({"grafana_dashboard": "yes"}, BOARDED),
    "dashboards.annotations": Change({"grafana_folder": "Pods"}, BOARDED),
    "dashboards.namespace": Change("grafana", BOARDED),
    "dashboards.logsPath": Change("/explore", joined(BOARDED, {"rules": {"logsUrl": "https://logs.test"}})),
    "dashboards.disabled": Change({"kubevigil-network": True}, BOARDED),
    "apps": Change([{"name": "shop", "namespace": "shop", "labels": {"app": "shop"}, "port": "metrics"}]),
    "slack.mode": Change("perNamespace", {"slack": {"secret": {"name": "slack"}}}),
    "slack.secret.name": Change("other", SENT),
    "slack.secret.key": Change("other", SENT),
    "slack.secret.urlKey": Change("other", BY_BOT),
    "slack.tokenType": Change("bot", joined(SENT, {"slack": {"channel": "#all"}})),
    "slack.updateMessage": Change(True, BY_BOT),
    "slack.channel": Change("#other", BY_BOT),
    "slack.severities": Change(["critical"], SENT),
    "slack.mentions": Change(["@here"], SENT),
    "slack.sendResolved": Change(False, SENT),
    "slack.routes": Change([{"name": "shop"}], SENT),
    "slack.ownerRouting": Change(True, BY_BOT),
    "slack.ignore.namespaces": Change(["dev-*"], SENT),
    "slack.ignore.containers": Change(["istio-proxy"], SENT),
    "slack.ignore.reasons": Change(["OOMKilled"], SENT),
    "slack.groupWait": Change("10s", SENT),
    "slack.groupInterval": Change("1m", SENT),
    "slack.repeatInterval": Change("4h", SENT),
    "slack.externalUrl": Change("https://alerts.test", SENT),
    "slack.alertmanagerNamespace": Change("other", SENT),
    "networkPolicy.enabled": Change(True),
    "networkPolicy.from": Change([{"podSelector": {}}], GUARDED),
    "networkPolicy.apiServer.cidrs": Change(["10.0.0.1/32"], GUARDED),
    "networkPolicy.apiServer.ports": Change([8443], GUARDED),
    "networkPolicy.elasticsearch.to": Change([{"podSelector": {}}], joined(GUARDED, SHIPS)),
    "networkPolicy.elasticsearch.ports": Change([9300], joined(GUARDED, SHIPS)),
    "networkPolicy.extraEgress": Change([{"ports": [{"port": 5432}]}], GUARDED),
    "sizing": Change("large"),
    "resources": Change({"limits": {"memory": "1Gi"}}),
    "startupProbe": Change({"failureThreshold": 300}),
    "livenessProbe": Change({"periodSeconds": 30}),
    "readinessProbe": Change({"timeoutSeconds": 30}),
    "podSecurityContext": Change({"runAsUser": 1}),
    "openshift": Change(True),
    "securityContext": Change({"privileged": False}),
    "podDisruptionBudget.enabled": Change(True),
    "podDisruptionBudget.maxUnavailable": Change(0, {"podDisruptionBudget": ON}),
    "terminationGracePeriodSeconds": Change(60),
    "podLabels": Change({"a.test/b": "c"}),
    "podAnnotations": Change({"a.test/b": "c"}),
    "nodeSelector": Change({"disk": "ssd"}),
    "tolerations": Change([{"operator": "Exists"}]),
    "affinity": Change({"nodeAffinity": {}}),
    "topologySpreadConstraints": Change([{"maxSkew": 1}]),
    "priorityClassName": Change("high"),
    "extraArgs": Change(["--log-level=debug"]),
    "extraEnv": Change([{"name": "A", "value": "b"}]),
    "extraVolumes": Change([{"name": "more", "emptyDir": {}}]),
    "extraVolumeMounts": Change([{"name": "more", "mountPath": "/more"}]),
    "extraManifests": Change(["kind: ConfigMap\nmetadata: {name: more}"]),
    "config.cluster_name": Change("europe-1"),
    "config.ignore_namespaces": Change(["test-*"]),
    "config.ignore_containers": Change(["istio-proxy"]),
    "config.baseline_window": Change("1h30m"),
    "config.pods.info": Change("all"),
    "config.workloads.series_limit": Change(1_000_000),
    "config.workloads.retention": Change("14d"),
    "config.records.retention": Change("60d"),
    "config.records.limit": Change(5_000_000),
    "config.records.log_limit": Change("1GiB"),
    "config.capture": Change("off"),
    "config.redaction.disabled": Change(["email"]),
    "config.redaction.patterns": Change(["ticket=TCK-[0-9]{6}"]),
    "config.elasticsearch.hosts": Change(["https://es.test:9200"]),
    "config.elasticsearch.aws_region": Change("eu-west-1", SHIPS),
    "config.elasticsearch.aws_service": Change("aoss", FOR_AWS),
    "config.elasticsearch.index": Change("crashes-", SHIPS),
    "config.elasticsearch.retention": Change("30d", SHIPS),
    "config.elasticsearch.replicas": Change(2, SHIPS),
    "config.document.format": Change("legacy", SHIPS),
    "config.checks.service_accounts": Change(["health/checker"], CHECKS),
    "config.checks.url_hosts": Change(["checks.example.test"], CHECKS),
    "config.checks.workflow_namespaces": Change(["health"], CHECKS),
    "config.checks.instance_id": Change("checks", CHECKS),
    "config.checks.lease": Change("elsewhere/lease", CHECKS),
    "config.log_format": Change("text"),
    "config.log_level": Change("debug"),
}

REFUSING = {"slack.matcherStrategy"}
"""Values that only decide whether an installation is refused: test_slack.py."""

NOT_VALUES: dict[str, tuple[Values, str]] = {
    "a misspelt key": ({"replica": 1}, "'replica' not allowed"),
    "a misspelt key in a group": ({"image": {"tagg": "1"}}, "'tagg' not allowed"),
    "a misspelt key three levels down": ({"networkPolicy": {"apiServer": {"cidr": []}}}, "'cidr' not allowed"),
    "a misspelt setting": ({"config": {"log_levle": "info"}}, "'log_levle' not allowed"),
    "a misspelt setting in a group": ({"config": {"records": {"limt": 5}}}, "'limt' not allowed"),
    "a setting in camel case": ({"config": {"clusterName": "a"}}, "'clusterName' not allowed"),
    "a setting that the chart decides": ({"config": {"data_dir": "/x"}}, "'data_dir' not allowed"),
    "the namespaces as a setting": ({"config": {"namespaces": ["a"]}}, "'namespaces' not allowed"),
    "a store's URL": ({"config": {"store": "mysql://me:secret@db/x"}}, "'store' not allowed"),
    "a user in a URL": (
        {"config": {"elasticsearch": {"hosts": ["https://me:secret@es.test"]}}},
        "config.elasticsearch.hosts: a URL there has no user or password; elasticsearch.existingSecret is for these",
    ),
    "a host without http": ({"config": {"elasticsearch": {"hosts": ["es:9200"]}}}, "/config/elasticsearch/hosts/0"),
    "an index of a data stream": ({"config": {"elasticsearch": {"index": "logs-k8s-"}}}, "/config/elasticsearch/index"),
    "a region that is none": (
        {"config": {"elasticsearch": {"aws_region": "Ireland"}}},
        "/config/elasticsearch/aws_region",
    ),
    "keys of AWS without a region": (
        joined(SIGNED, {"elasticsearch": {"auth": "aws"}}),
        "elasticsearch.auth is aws: give config.elasticsearch.aws_region",
    ),
    "a password and a region of AWS": (
        joined(FOR_AWS, {"elasticsearch": {"existingSecret": "es"}}),
        "config.elasticsearch.aws_region signs for AWS, and elasticsearch.auth is basic",
    ),
    "a Job without a role": (
        joined(FOR_AWS, {"elasticsearch": {"setup": ON}}),
        "elasticsearch.setup.enabled: the Job runs before the service account with its role is there",
    ),
    "a password of Elasticsearch": ({"config": {"elasticsearch": {"password": "secret@"}}}, "'password' not allowed"),
    "credentials that nobody uses": (
        {"elasticsearch": {"existingSecret": "es"}},
        "elasticsearch.existingSecret is not used while config.elasticsearch.hosts is empty",
    ),
    "a setup of no server": (
        {"elasticsearch": {"setup": {"enabled": True}}},
        "elasticsearch.setup.enabled is not used while config.elasticsearch.hosts is empty",
    ),
    "a user without a password": (
        joined(SHIPS, {"elasticsearch": {"username": "me"}}),
        "elasticsearch.username needs elasticsearch.existingSecret, which holds the password",
    ),
    "a user with an API key": (
        joined(SIGNED, {"elasticsearch": {"username": "me", "auth": "apiKey"}}),
        "elasticsearch.username belongs to auth basic, and elasticsearch.auth is apiKey",
    ),
    "health checks as a setting": ({"config": {"healthchecks": "auto"}}, "'healthchecks' not allowed"),
    "a check that nobody runs": (
        {"checks": {"access": ON}},
        "checks.access.enabled needs healthchecks.enabled: without it nobody runs the check",
    ),
    "a check where nobody looks": (
        joined(ready("access"), {"namespaces": ["shop"]}),
        "checks.access.enabled: the check is in monitoring, which namespaces does not name",
    ),
    "rights of checks as a setting": ({"config": {"checks": {"rbac": "namespace"}}}, "'rbac' not allowed"),
    "rights that are given to nobody": (
        {"healthchecks": {"enabled": True, "rights": {"rules": [{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}]}}},
        "healthchecks.rights.rules are given to nobody",
    ),
    "rights in the cluster by roles of namespaces": (
        {"namespaces": ["shop"], "healthchecks": {"enabled": True, "rights": {"level": "cluster"}}},
        "healthchecks.rights.level is cluster, and namespaces names some",
    ),
    "a lease that no object can be": (
        {"config": {"checks": {"lease": "a/b/c"}}},
        'config.checks.lease: "a/b/c" is no name of a Lease: NAME or NAMESPACE/NAME',
    ),
    "one port twice": (joined(SHIPS, {"service": {"port": 8081}}), "service.port and service.shipPort are the same"),
    "a password": ({"serviceMonitor": {"basicAuth": {"password": "secret"}}}, "/serviceMonitor/basicAuth/password"),
    "a probe's handler": ({"livenessProbe": {"httpGet": {}}}, "'httpGet' not allowed"),
    "two replicas": ({"replicas": 2}, "/replicas"),
    "a size that there is not": ({"sizing": "huge"}, "/sizing"),
    "a budget for two": ({"podDisruptionBudget": {"maxUnavailable": 2}}, "/podDisruptionBudget/maxUnavailable"),
    "a tag that is a number": ({"image": {"tag": 1.1}}, "/image/tag"),
    "a digest without its algorithm": ({"image": {"digest": "0" * 64}}, "/image/digest"),
    "an unknown pull policy": ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
    "a namespace in capitals": ({"namespaces": ["Shop"]}, "/namespaces/0"),
    "a namespace twice": ({"namespaces": ["shop", "shop"]}, "/namespaces"),
    "namespaces as text": ({"namespaces": "shop,payments"}, "/namespaces"),
    "an unknown log level": ({"config": {"log_level": "chatty"}}, "/config/log_level"),
    "a duration without a unit": ({"config": {"baseline_window": 600}}, "/config/baseline_window"),
    "too many records": ({"config": {"records": {"limit": 100_000_000}}}, "/config/records/limit"),
    "monitoring as a word": ({"serviceMonitor": {"enabled": "yes"}}, "/serviceMonitor/enabled"),
    "a size without sense": ({"persistence": {"size": "much"}}, "/persistence/size"),
    "a port too high": ({"service": {"port": 70_000}}, "/service/port"),
    "a grace shorter than a stop takes": ({"terminationGracePeriodSeconds": 5}, "/terminationGracePeriodSeconds"),
    "a label that is a number": ({"podLabels": {"a": 1}}, "/podLabels/a"),
    "TLS without its file": ({"web": {"tls": True}}, "name that Secret, or turn them off"),
    "client certificates without TLS": (
        {"web": {"existingSecret": "web", "clientCertificates": True}},
        "web.clientCertificates needs web.tls",
    ),
    "a claim that is not used": ({"persistence": {"existingClaim": "mine"}}, "persistence.enabled is false"),
    "a namespace that is ignored too": (
        {"namespaces": ["shop"], "config": {"ignore_namespaces": ["shop"]}},
        'both have "shop"',
    ),
}


def test_every_value_has_a_change_to_try() -> None:
    assert {*CHANGES, *REFUSING} == {*SHAPES, *(f"config.{name}" for name in settings.CONFIGURABLE)}


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_of_each_value_changes_the_objects(helm: Helm, path: str) -> None:
    change = CHANGES[path]
    assert helm.objects(joined(change.where, nested(path, change.to))) != helm.objects(change.where)


@pytest.mark.parametrize("name", NOT_VALUES)
def test_what_is_no_value_is_refused_by_its_name(helm3: Helm, helm4: Helm, name: str) -> None:
    values, said = NOT_VALUES[name]
    for helm in (helm3, helm4):
        with pytest.raises(Refused) as refused:
            helm.objects(values)
        assert said in str(refused.value)
        assert "secret@" not in str(refused.value)


@pytest.mark.parametrize("name", CI)
def test_both_helms_accept_the_example_and_give_the_same_objects(helm3: Helm, helm4: Helm, name: str) -> None:
    for helm in (helm3, helm4):
        helm.run(["lint", "--strict", str(CI[name].parents[1])], ci(name))
    assert _sorted(helm3.objects(ci(name))) == _sorted(helm4.objects(ci(name)))


def test_a_parent_chart_may_have_globals_of_its_own_and_a_condition(helm: Helm) -> None:
    assert helm.objects({"global": {"domain": "example.test"}, "enabled": True}) == helm.objects()


def _sorted(objects: Objects) -> Objects:
    return Objects(sorted(objects, key=lambda item: (item["kind"], str(item["metadata"].get("namespace")))))
