"""A contender that does not show the truth has no figures."""

import gzip
from dataclasses import replace

import pytest

from tests.perf.course import Plan, check

PLAN = Plan(pods=2, first=(), changes=(), bursts=(), rate=(), restarts=5, deaths=3)
THEIRS = b'kube_pod_container_status_restarts_total{pod="a"} 2\nkube_pod_container_status_restarts_total{pod="b"} 3\n'
OURS = b"""\
kubevigil_container_restarts_total{pod="a"} 2
kubevigil_container_restarts_total{pod="b"} 3
kubevigil_workload_terminations_total{class="error"} 3
"""


@pytest.mark.parametrize("body", [THEIRS, OURS, gzip.compress(OURS)], ids=["theirs", "ours", "compressed"])
def test_the_truth_passes(body: bytes) -> None:
    check(body, PLAN)


@pytest.mark.parametrize("body", [THEIRS, OURS], ids=["theirs", "ours"])
def test_other_restarts_are_found_out(body: bytes) -> None:
    with pytest.raises(AssertionError, match="5 restarts, there are 6"):
        check(body, replace(PLAN, restarts=6))


def test_deaths_that_were_not_counted_are_found_out_even_if_none_was() -> None:
    for body in (OURS, OURS[: OURS.index(b"kubevigil_workload")]):
        with pytest.raises(AssertionError, match="deaths"):
            check(body, replace(PLAN, deaths=4))
