"""The metrics of health checks, byte for byte where they are the predecessor's."""

import re
import subprocess
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.healthchecks import legacy
from kubevigil.healthchecks.durations import Durations
from kubevigil.healthchecks.families import FAMILIES, render
from kubevigil.healthchecks.portrait import Portrait, RemedyPortrait, Run
from kubevigil.healthchecks.results import Result

from .making import CREATED

NO_RUNS = dict.fromkeys(Result, 0)
NEW = Portrait("shop", "login", NO_RUNS, interval=60, next_run=CREATED)
RAN = replace(
    NEW,
    runs={**NO_RUNS, Result.SUCCEEDED: 3, Result.FAILED: 1, Result.TIMEOUT: 1, Result.DELETED: 7},
    durations=Durations().plus(2).plus(2.5).plus(5000),
    up=True,
    next_run=CREATED + 120,
    last_success=CREATED + 64,
    last_run=Run(CREATED + 60, CREATED + 64, 3.5),
)


def lines(portraits: list[Portrait], name: str) -> list[str]:
    return [line for line in render(portraits).decode().splitlines() if re.match(rf"(# \w+ )?{name}\b", line)]


def test_the_predecessors_five_metrics_are_what_they_were() -> None:
    assert legacy.render([RAN]).decode() == (
        "# HELP healthcheck_success_count The total number of successful healthcheck resources\n"
        "# TYPE healthcheck_success_count counter\n"
        'healthcheck_success_count{healthcheck_name="login",workflow="healthCheck"} 3\n'
        "# HELP healthcheck_error_count The total number of errored healthcheck resources\n"
        "# TYPE healthcheck_error_count counter\n"
        'healthcheck_error_count{healthcheck_name="login",workflow="healthCheck"} 2\n'
        "# HELP healthcheck_runtime_seconds Time taken for the workflow to complete.\n"
        "# TYPE healthcheck_runtime_seconds gauge\n"
        'healthcheck_runtime_seconds{healthcheck_name="login",workflow="healthCheck"} 3.5\n'
        "# HELP healthcheck_starttime Time taken for the workflow to complete.\n"
        "# TYPE healthcheck_starttime gauge\n"
        f'healthcheck_starttime{{healthcheck_name="login",workflow="healthCheck"}} {CREATED + 60}\n'
        "# HELP healthcheck_finishedtime Time taken for the workflow to complete.\n"
        "# TYPE healthcheck_finishedtime gauge\n"
        f'healthcheck_finishedtime{{healthcheck_name="login",workflow="healthCheck"}} {CREATED + 64}\n'
    )


def test_before_the_first_run_the_counters_are_there_at_zero_and_no_gauge_is() -> None:
    assert re.findall(r"^[^#].*", legacy.render([NEW]).decode(), re.MULTILINE) == [
        'healthcheck_success_count{healthcheck_name="login",workflow="healthCheck"} 0',
        'healthcheck_error_count{healthcheck_name="login",workflow="healthCheck"} 0',
    ]


def test_checks_of_one_name_are_summed_and_the_gauges_are_those_of_the_latest_run() -> None:
    later = replace(RAN, namespace="bank", last_run=Run(CREATED + 200, CREATED + 209))
    for pair in ([RAN, later], [later, RAN]):
        assert lines(pair, "healthcheck_success_count")[2:] == [
            'healthcheck_success_count{healthcheck_name="login",workflow="healthCheck"} 6'
        ]
        (start,) = lines(pair, "healthcheck_starttime")[2:]
        assert start.endswith(f" {CREATED + 200}")
        (runtime,) = lines(pair, "healthcheck_runtime_seconds")[2:]
        assert runtime.endswith(" 3.5"), "of the latest run that succeeded"


def test_a_remedy_has_its_own_series() -> None:
    remedy = RemedyPortrait({**NO_RUNS, Result.FAILED: 2}, exhausted=True, last_run=Run(CREATED, CREATED + 9))
    healed = replace(RAN, remedy=remedy)
    assert 'healthcheck_error_count{healthcheck_name="login",workflow="remedy"} 2' in lines(
        [healed], "healthcheck_error_count"
    )
    assert lines([healed], "kubevigil_healthcheck_remedy_exhausted")[2:] == [
        'kubevigil_healthcheck_remedy_exhausted{namespace="shop",healthcheck="login"} 1'
    ]
    results = lines([healed], "kubevigil_healthcheck_remedy_runs_total")
    assert 'kubevigil_healthcheck_remedy_runs_total{namespace="shop",healthcheck="login",result="failed"} 2' in results
    assert not lines([RAN], "kubevigil_healthcheck_remedy_runs_total")


def test_a_new_check_shows_every_result_at_zero_and_no_result_of_a_run() -> None:
    results = lines([NEW], "kubevigil_healthcheck_runs_total")[2:]
    assert len(results) == len(Result)
    assert all(line.endswith(" 0") for line in results)
    assert not lines([NEW], "kubevigil_healthcheck_up")
    assert lines([NEW], "kubevigil_healthcheck_last_success_timestamp_seconds")[2].endswith(" 0")


def test_a_paused_check_says_so_and_when_it_is_next_due_no_more() -> None:
    paused = replace(RAN, paused=True, interval=0, next_run=0)
    assert lines([paused], "kubevigil_healthcheck_paused")[2].endswith(" 1")
    assert not lines([paused], "kubevigil_healthcheck_next_run_timestamp_seconds")
    assert not lines([paused], "kubevigil_healthcheck_interval_seconds")


def test_the_histogram_is_cumulative_and_ends_with_all_runs() -> None:
    rows = [line.split("} ") for line in lines([RAN], "kubevigil_healthcheck_duration_seconds_bucket")]
    counts = {row[0].split('le="')[1].rstrip('"'): int(row[1]) for row in rows}
    assert (counts["1"], counts["2.5"], counts["3600"], counts["+Inf"]) == (0, 2, 2, 3)
    assert lines([RAN], "kubevigil_healthcheck_duration_seconds_sum")[0].endswith(" 5004.5")
    assert lines([RAN], "kubevigil_healthcheck_duration_seconds_count")[0].endswith(" 3")


def test_a_check_that_is_gone_leaves_no_series() -> None:
    assert render([]) == b""
    assert b"login" not in render([replace(RAN, name="other")])


def test_every_family_that_is_declared_is_shown_with_the_labels_and_the_type_it_is_declared_with() -> None:
    healed = replace(RAN, remedy=RemedyPortrait(NO_RUNS, last_run=Run(CREATED, CREATED, 1)))
    shown = {family.name: family for family in text_string_to_metric_families(render([healed]).decode())}
    # The parser takes a counter's `_total` for no part of its family's name.
    declared = {family.name.removesuffix("_total"): family for family in FAMILIES}
    assert set(shown) == set(declared)
    for name, family in declared.items():
        assert shown[name].type == family.kind
        assert all(set(sample.labels) - {"le"} == set(family.labels) for sample in shown[name].samples), name


NAMES = st.text(st.characters(codec=None, categories=None), max_size=6)


@given(st.lists(st.builds(replace, st.sampled_from([NEW, RAN]), namespace=NAMES, name=NAMES), max_size=4))
def test_any_names_make_a_text_that_parses(portraits: list[Portrait]) -> None:
    text = render(portraits).decode()
    names = [family.name for family in text_string_to_metric_families(text)]
    assert len(names) == len(set(names))


def test_promtool_finds_nothing_wrong_but_the_names_that_the_predecessor_chose(promtool: str) -> None:
    body = render([NEW, replace(RAN, name="b", remedy=RemedyPortrait(NO_RUNS, last_run=Run(CREATED, CREATED, 1)))])
    done = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, check=False)
    complaints = (done.stdout + done.stderr).decode().splitlines()
    assert {line.split()[0] for line in complaints} == {"healthcheck_success_count", "healthcheck_error_count"}
    own = body[: body.index(b"# HELP healthcheck_success_count")]
    assert subprocess.run([promtool, "check", "metrics"], input=own, check=False).returncode == 0
