"""What is told where a run failed for want of an account or a right, beside Argo's own words: which switch helps."""

import re
from dataclasses import replace
from typing import Final

from kubevigil.healthchecks.results import Outcome, Result
from kubevigil.healthchecks.rights import Allowed
from kubevigil.healthchecks.spec import WorkflowSpec

_MOST: Final = 800
"""Characters of Argo's words, so that there is room for ours in a status."""

_NO_ACCOUNT: Final = re.compile(r'serviceaccounts? "[^"]{1,253}" not found')
"""The words of the API server, with which it refuses a pod."""

_NO_RIGHT: Final = re.compile(
    r'User "system:serviceaccount:(?P<namespace>[^":]{1,63}):(?P<name>[^":]{1,253})" cannot \w+ (?:resource|path)'
)
"""Those of its authorizer."""


def explained(outcome: Outcome, part: WorkflowSpec, allowed: Allowed) -> Outcome:
    """The outcome, with what to do if a run failed because its account is missing, or lacks a right."""
    if outcome.result not in {Result.FAILED, Result.ERROR}:
        return outcome
    hint = _hint(outcome.message, part, allowed)
    return replace(outcome, message=f"{outcome.message[:_MOST]} ({hint})") if hint else outcome


def _hint(message: str, part: WorkflowSpec, allowed: Allowed) -> str:
    if _NO_ACCOUNT.search(message):
        return "" if allowed.made else "make it, or have it made: the exporter's checks.rbac is off"
    found = _NO_RIGHT.search(message)
    if found is None or (found["namespace"], found["name"]) != (part.namespace, part.service_account):
        return ""
    if allowed.made:
        return "name the right in rbacRules, or bind it to that service account"
    return "bind the right to that service account, or have it given: the exporter's checks.rbac is off"
