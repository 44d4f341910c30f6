"""The schema of a HealthCheck's spec: what active-monitor's controller can run is taken, what cannot work is refused.

Its messages are for the author of the check. The rules need Kubernetes 1.25: no `fieldPath`, no `messageExpression`.
"""

from typing import Final

from charts.generate.crd_fragments import Schema, mapping, number, rule, text, with_rules

_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}([.]{_LABEL})*"
_NAME: Final = "must be a name of Kubernetes: lower case letters, digits and '-'"

_DURATION: Final = "[-+]?(0|([0-9]*[.]?[0-9]+[.]?(ns|us|µs|μs|ms|s|m|h))+)"
_DESCRIPTORS: Final = "@(yearly|annually|monthly|weekly|daily|midnight|hourly)"
_FIELDS: Final = r"([^@\s]\S*\s+){4}\S+"
CRON: Final = rf"^\s*(((CRON_)?TZ=\S+\s+)?({_DESCRIPTORS}|@every\s+{_DURATION}|{_FIELDS}))?\s*$"
"""The form of what robfig/cron's standard parser reads. What the fields say is for the controller to judge."""

_LONGEST_CRON: Final = 1000
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 253
_LONGEST_ADDRESS: Final = 8192

_CRON_RULE: Final = rule(
    "has(self.repeatAfterSec) && self.repeatAfterSec > 0 || !has(self.schedule) || !has(self.schedule.cron) || "
    f"self.schedule.cron.matches(r'{CRON}')",
    "schedule.cron must be five fields as in '*/5 * * * *', '@hourly' and the like, or '@every 5m'",
)
_LEVEL_RULE: Final = rule("self in ['', 'cluster', 'namespace']", "level must be 'cluster' or 'namespace'")
_SOURCE_RULES: Final = (
    rule(
        "has(self.inline) && self.inline != '' || has(self.url) && has(self.url.path) && self.url.path != '' || "
        "has(self.file) && has(self.file.path) && self.file.path != ''",
        "source has no workflow: give it as inline, or say where it is by url.path or file.path",
    ),
    rule(
        "has(self.inline) || !has(self.url) || !has(self.url.path) || "
        "self.url.path == '' || self.url.path.matches('^(?i)https?://.')",
        "source.url.path must begin with https:// or http://",
    ),
)
_REMEDY_RULES: Final = (
    rule(
        "has(self.resource) || !(has(self.generateName) && self.generateName != '' || "
        "has(self.workflowtimeout) && self.workflowtimeout != 0 || has(self.rbacRules))",
        "remedyworkflow.resource is missing: say which workflow is the remedy, or leave remedyworkflow out",
    ),
    rule(
        "!has(self.resource) || has(self.generateName) && self.generateName != ''",
        "remedyworkflow.generateName is missing: the names of its workflows begin with it",
    ),
)


def spec() -> Schema:
    """The schema of `spec`."""
    every = text("Five fields as in crontab, '@hourly' and the like, or '@every 5m'.", _LONGEST_CRON)
    schema = mapping(
        "What to run, and when.",
        {
            "repeatAfterSec": number("Seconds from the start of one run to that of the next. 0 or less: see schedule."),
            "schedule": mapping(
                "When to run, where repeatAfterSec is not set. With neither it is stopped.", {"cron": every}
            ),
            "description": text("For people."),
            "level": with_rules(text("How far the check's rights reach. Left out, it is 'namespace'."), _LEVEL_RULE),
            "workflow": _workflow("What the check runs.", "self", ("generateName", "resource")),
            "remedyworkflow": with_rules(
                _workflow("What runs when the check failed; empty for nothing.", "self == '' || self", ()),
                *_REMEDY_RULES,
            ),
            "remedyRunsLimit": number("How many remedies may begin until their counts begin anew; 0 for any number."),
            "remedyResetInterval": number("Seconds from the end of the last remedy until its counts begin anew."),
            "backoffFactor": text("Taken and without effect: workflows are watched, not polled."),
            "backoffMin": number("Taken and without effect."),
            "backoffMax": number("Taken and without effect."),
        },
        ["workflow"],
    )
    return with_rules(schema, _CRON_RULE)


def _workflow(description: str, prefix: str, required: tuple[str, ...]) -> Schema:
    begins = with_rules(
        text("What the names of the workflows begin with, such as 'dns-check-'.", _LONGEST_NAME),
        rule(
            f"{prefix}.matches('^[a-z0-9][-a-z0-9.]*$')",
            "generateName must be what a name can begin with: lower case letters, digits, '-' and '.', as 'dns-check-'",
        ),
    )
    rights = {"type": "array", "description": "What its service account may do, where Kubevigil makes the rights."}
    timeout = {**number("Seconds that a run may take. Left out, it is repeatAfterSec."), "minimum": 0}
    properties = {
        "generateName": begins,
        "resource": _resource(),
        "workflowtimeout": timeout,
        "rbacRules": {**rights, "items": _policy_rule()},
    }
    return mapping(description, properties, required)


def _resource() -> Schema:
    return mapping(
        "Where the workflow comes from, where it runs, and as whom.",
        {
            "namespace": with_rules(
                text("Where it runs.", _LONGEST_LABEL), rule(f"self.matches('^{_LABEL}$')", f"namespace {_NAME}")
            ),
            "serviceAccount": with_rules(
                text("As whom it runs.", _LONGEST_NAME),
                rule(f"self == '' || self.matches('^{_SUBDOMAIN}$')", f"serviceAccount {_NAME}, and '.'"),
            ),
            "source": _source(),
        },
        ["namespace", "source"],
    )


def _source() -> Schema:
    address = text("The address.", _LONGEST_ADDRESS)
    verify = {"type": "boolean", "description": "False: any certificate will do. Left out, it must be a valid one."}
    schema = mapping(
        "The workflow: the first of these that is there.",
        {
            "inline": text("The workflow itself, as YAML."),
            "url": mapping("A workflow behind an address.", {"path": address, "verifyCert": verify}),
            "file": mapping("A workflow in a mounted file.", {"path": text("Its path.")}),
        },
    )
    return with_rules(schema, *_SOURCE_RULES)


def _policy_rule() -> Schema:
    keys = ("apiGroups", "nonResourceURLs", "resourceNames", "resources", "verbs")
    texts = {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "atomic"}
    return mapping("A PolicyRule of rbac.authorization.k8s.io/v1.", {key: dict(texts) for key in keys}, ["verbs"])
