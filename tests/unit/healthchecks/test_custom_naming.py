"""active-monitor's names, made valid; those of others are not to be had."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks import families
from kubevigil.healthchecks.custom_naming import (
    LONGEST,
    OWN,
    TAKEN,
    is_name,
    metric_name,
    quoted,
    refusal,
    sample_names,
)
from kubevigil.metrics import selfmetrics
from kubevigil.pods import families as pods


def test_the_name_is_that_of_the_check_with_underscores_then_the_metrics_own() -> None:
    assert metric_name("hello-world-check", "custom_total") == "hello_world_check_custom_total"


@pytest.mark.parametrize(
    ("check", "name", "whole"),
    [
        ("a.b-c", "d", "a_b_c_d"),
        ("a", "d.e-f:g h", "a_d_e_f_g_h"),
        ("9-lives", "left", "_9_lives_left"),
        ("a", "käse", "a_k_se"),
    ],
    ids=["dots", "signs", "digit", "letters"],
)
def test_what_prometheus_does_not_allow_becomes_an_underscore(check: str, name: str, whole: str) -> None:
    assert metric_name(check, name) == whole


@given(st.from_regex("[a-z0-9]([-a-z0-9.]*[a-z0-9])?", fullmatch=True), st.text(min_size=1))
def test_any_name_becomes_a_valid_one(check: str, name: str) -> None:
    whole = metric_name(check, name)
    assert re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", whole)
    assert is_name(whole)


def test_no_name_of_an_exporters_scrape_is_to_be_had() -> None:
    own = (*families.FAMILIES, *pods.FAMILIES, *pods.COUNTER_FAMILIES, *selfmetrics.FAMILIES)
    assert all(refusal(family.name, "gauge") for family in own)
    text = selfmetrics.SelfMetrics(version="1").text().decode()
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert "process_open_fds" in names
    assert [name for name in names if not refusal(name, "gauge")] == []


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_a_name_that_is_taken_is_refused_and_another_of_the_check_is_not(name: str) -> None:
    check, _, metric = name.partition("_")
    assert refusal(metric_name(check, metric), "counter") == (
        f"would be called {name}, and {name} is not for checks: rename the metric"
    )
    assert refusal(metric_name(check, f"my_{metric}"), "counter") == ""


def test_a_check_of_the_exporters_own_name_tells_no_metrics_and_is_told_what_to_do() -> None:
    name = metric_name("kubevigil-dns", "up")
    assert refusal(name, "gauge") == f"would be called {name}, and {OWN}* is not for checks: rename the check"
    assert refusal(metric_name("my-kubevigil", "up"), "gauge") == ""


def test_a_histogram_of_which_a_sample_would_take_anothers_name_is_refused() -> None:
    assert "healthcheck_success_count is not for checks" in refusal("healthcheck_success", "histogram")
    assert refusal("healthcheck_success", "gauge") == ""


def test_a_name_that_is_too_long_is_refused_and_not_cut() -> None:
    assert refusal("a" * LONGEST, "gauge") == ""
    assert f"more than {LONGEST} characters" in refusal("a" * (LONGEST + 1), "gauge")


def test_a_histogram_has_the_names_of_its_samples() -> None:
    assert sample_names("a", "histogram") == {"a", "a_bucket", "a_sum", "a_count"}
    assert sample_names("a", "gauge") == {"a"}


def test_a_quoted_name_is_short_and_in_one_line() -> None:
    assert quoted("a\nb") == 'metric "a b"'
    assert len(quoted("x" * 999)) < 80
