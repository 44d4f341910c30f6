"""What an installation tells of the log sidecar."""

import pytest

from .helm import Helm, Values, ci, joined
from .test_sidecar import SHIPS, SIGNED

SETUP = "kubectl -n monitoring exec deployment/vigil-kubevigil -c ship -- kubevigil elasticsearch setup --config="


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "crashes      kept in the store, and sent nowhere: config.elasticsearch.hosts is empty\n"),
        (SHIPS, "crashes      sent by the container ship to https://es.logging.svc:9243\n"),
        (SHIPS, "not signed: elasticsearch.existingSecret is empty\n"),
        (SHIPS, SETUP),
        (SIGNED, "signed by the key password of the Secret es\n"),
        (joined(SIGNED, {"elasticsearch": {"auth": "apiKey"}}), "signed by the key apiKey of the Secret es\n"),
        (ci("elasticsearch"), "set up by the Job vigil-kubevigil-setup\n"),
    ],
)
def test_the_notes_tell_where_crashes_go_and_how_it_is_set_up(helm4: Helm, values: Values, line: str) -> None:
    assert line in helm4.notes(values)


def test_the_command_by_hand_is_of_a_container_and_a_file_that_there_are(helm4: Helm) -> None:
    (line,) = [line for line in helm4.notes(SHIPS).splitlines() if "elasticsearch setup" in line]
    sidecar = helm4.objects(SHIPS).container("ship")
    assert line.endswith(sidecar["args"][-1])


def test_without_a_cluster_nothing_is_called_missing(helm4: Helm) -> None:
    assert "missing: " not in helm4.notes(SIGNED)
