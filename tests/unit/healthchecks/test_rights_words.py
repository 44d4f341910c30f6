"""What is told where a run failed for want of an account or a right."""

import pytest

from kubevigil.healthchecks.results import Result
from kubevigil.healthchecks.rights import ALLOWED
from kubevigil.healthchecks.rights_words import explained

from .making import outcome, spec_of

PART = spec_of().workflow
NO_ACCOUNT = (
    'pods "x" is forbidden: error looking up service account health/checker: serviceaccount "checker" not found'
)
NO_RIGHT = (
    'pods is forbidden: User "system:serviceaccount:health:checker" cannot list resource "pods" in API group "" in the '
    'namespace "health"'
)


NO_ADDRESS = 'forbidden: User "system:serviceaccount:health:checker" cannot get path "/healthz"'


@pytest.mark.parametrize(
    "message", [NO_ACCOUNT, NO_RIGHT, NO_ADDRESS], ids=["no account", "no right", "no right to an address"]
)
def test_switched_off_the_switch_is_named(message: str) -> None:
    found = explained(outcome(Result.ERROR, message), PART, ALLOWED["off"]).message
    assert found.startswith(message)
    assert found.endswith("the exporter's checks.rbac is off)")


def test_switched_on_the_rule_that_is_missing_is_asked_for() -> None:
    found = explained(outcome(Result.FAILED, NO_RIGHT), PART, ALLOWED["namespace"]).message
    assert found.endswith("(name the right in rbacRules, or bind it to that service account)")


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (Result.FAILED, "main: Error (exit code 7)"),
        (Result.SUCCEEDED, NO_RIGHT),
        (Result.REFUSED, NO_ACCOUNT),
        (Result.FAILED, NO_RIGHT.replace("health:checker", "argo:argo")),
        (Result.FAILED, NO_RIGHT.replace("health:checker", "health:other")),
    ],
)
def test_what_has_nothing_to_do_with_it_stays_as_argo_said_it(result: Result, message: str) -> None:
    assert explained(outcome(result, message), PART, ALLOWED["off"]).message == message


def test_there_is_room_for_it_in_a_status_beside_a_long_message() -> None:
    found = explained(outcome(Result.ERROR, NO_ACCOUNT + " x" * 2000), PART, ALLOWED["off"]).message
    assert len(found) < 1024
    assert found.endswith("is off)")
