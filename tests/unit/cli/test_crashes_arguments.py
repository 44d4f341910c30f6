import argparse
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.cli.crashes_arguments import add_filters, classes, count, filter_of, since
from kubevigil.cli.parsing import Parser, UsageError
from kubevigil.model.record import TerminationClass
from kubevigil.store.archive import Filter
from tests.unit.cli.crashes_cast import NOW


def asked(*arguments: str) -> Filter:
    parser = Parser(prog="x", description="")
    add_filters(parser)
    return filter_of(parser.parse(arguments), NOW)


def test_without_filters_everything_is_asked_for() -> None:
    assert asked() == Filter()


@pytest.mark.parametrize(
    ("text", "kind", "name"), [("web", "", "web"), ("Deployment/web", "Deployment", "web"), ("/web", "", "web")]
)
def test_a_workload_is_named_with_or_without_its_kind(text: str, kind: str, name: str) -> None:
    found = asked("--workload", text, "--namespace", "shop")
    assert (found.namespace, found.workload_kind, found.workload) == ("shop", kind, name)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", NOW - 7200),
        ("1d12h", NOW - 129_600),
        ("2026-09-21T14:13:20Z", NOW),
        ("2026-09-21T16:13:20+02:00", NOW),
    ],
)
def test_since_is_a_time_ago_or_a_moment_with_its_offset(text: str, moment: float) -> None:
    assert asked("--since", text).since == moment


@pytest.mark.parametrize("text", ["", "2", "yesterday", "2026-09-21T14:13:20", "2026-09-21", "14:00", "-2h"])
def test_a_moment_that_could_be_any_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"--since: .* nor an RFC 3339 moment such as"):
        asked(f"--since={text}")


def test_classes_are_those_of_crashes() -> None:
    assert asked("--class", "oom, error").classes == (TerminationClass.OOM, TerminationClass.ERROR)
    with pytest.raises(UsageError, match="--class: 'evicted' is no class of crashes; allowed: error, oom,"):
        asked("--class", "oom,evicted")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "10000000000", "٣"])
def test_a_limit_is_a_whole_number_from_1_on(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        count(text)
    assert count("20") == 20


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    for read in (since, classes, count):
        with suppress(argparse.ArgumentTypeError):
            assert read(text)
