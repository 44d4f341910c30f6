"""Metrics are read off a workflow's outputs as their author meant them, or refused in words that help him."""

import json
from typing import Any

import pytest

from kubevigil.healthchecks.custom_parse import (
    BUCKETS,
    LARGEST_DOCUMENT,
    LONGEST_HELP,
    MOST,
    MOST_BUCKETS,
    NO_HELP,
    Metric,
    as_help,
    told_by,
)

from .telling import metric, outputs, parameter, told

NAN = '{"metrics": [{"name": "a", "value": NaN}]}'


def faults(*metrics: Any) -> list[str]:
    return [str(fault) for fault in told(*metrics).faults]


def of_text(text: str) -> list[str]:
    return [str(fault) for fault in told_by({"parameters": [{"name": "metrics", "value": text}]}, None).faults]


def test_a_gauge_a_counter_and_a_histogram_are_read_in_their_order() -> None:
    run = told(
        metric("a", 1.5, "gauge", "A."),
        metric("b", 2, "counter", "B."),
        metric("c", 3, "histogram", "C."),
        metric("d", 4, "histogram", "D.", buckets=[1, 2.5]),
    )
    assert run.metrics == (
        Metric("a", "gauge", 1.5, "A."),
        Metric("b", "counter", 2.0, "B."),
        Metric("c", "histogram", 3.0, "C.", BUCKETS),
        Metric("d", "histogram", 4.0, "D.", (1.0, 2.5)),
    )
    assert run.faults == ()


def test_keys_and_types_may_be_in_any_case_as_active_monitor_takes_them() -> None:
    text = '{"Metrics": [{"Name": "a", "VALUE": 7, "MetricType": "Counter", "Help": "A."}]}'
    assert told_by({"parameters": [{"name": "m", "value": text}]}, None).metrics == (Metric("a", "counter", 7.0, "A."),)


def test_of_a_key_that_is_there_twice_the_one_in_small_letters_is_taken() -> None:
    for fields in ({"name": "a", "value": 1, "Value": 2}, {"name": "a", "Value": 2, "value": 1}):
        assert told(fields).metrics[0].value == 1


@pytest.mark.parametrize("kind", [None, ""], ids=["null", "empty"])
def test_without_a_type_it_is_a_gauge_and_without_a_help_it_has_one(kind: str | None) -> None:
    for fields in ({"name": "a", "value": -1}, {"name": "a", "value": -1, "metrictype": kind, "help": kind}):
        assert told(fields).metrics == (Metric("a", "gauge", -1.0, NO_HELP),)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"value": 1}, 'output parameter "metrics": metrics[0] has no name'),
        ({"name": " ", "value": 1}, "has no name"),
        ({"name": 7, "value": 1}, "has no name"),
        ([], "is no object"),
        (None, "is no object"),
        ({"name": "a"}, 'metric "a" has no number as its value'),
        ({"name": "a", "value": "1"}, "has no number"),
        ({"name": "a", "value": True}, "has no number"),
        ({"name": "a", "value": 10**400}, "has no number"),
        (metric("a", -1, "counter"), "is below 0"),
        (metric("a", 1, "summary"), "none of gauge, counter, histogram"),
        (metric("a", 1, "histogram", buckets=[]), "buckets"),
        (metric("a", 1, "histogram", buckets=[1, 1]), "buckets"),
        (metric("a", 1, "histogram", buckets=[2, 1]), "buckets"),
        (metric("a", 1, "histogram", buckets=[1, "2"]), "buckets"),
        (metric("a", 1, "histogram", buckets="1,2"), "buckets"),
        (metric("a", 1, "histogram", buckets=list(range(MOST_BUCKETS + 1))), "buckets"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_is_told_with_its_place_and_keeps_no_other_from_being_taken(entry: Any, says: str) -> None:
    run = told(entry, metric("good"))
    assert [m.name for m in run.metrics] == ["good"]
    (fault,) = run.faults
    assert says in str(fault)


def test_the_words_do_not_change_with_the_value() -> None:
    assert faults(metric("a", -1, "counter")) == faults(metric("a", -2.5, "counter"))


@pytest.mark.parametrize(
    "text",
    ["", "12", "{", NAN, NAN.replace("NaN", "1e999"), "[" * 100_000, '{"metrics": "\\ud800"}', "{}", "[]"],
    ids=["empty", "number", "cut", "nan", "infinite", "deep", "half a character", "object", "list"],
)
def test_a_parameter_called_metrics_that_has_none_is_told(text: str) -> None:
    (fault,) = of_text(text)
    assert fault.startswith('output parameter "metrics" is no')


def test_other_parameters_are_no_fault() -> None:
    others = [{"name": "result", "value": value} for value in ("ok", "{", '{"data": 1}', '{"a": {"metrics": [1]}}')]
    assert told_by({"parameters": others}, None) == told()
    said = told_by({"parameters": [{"name": "result", "value": '{"metrics": 7}'}]}, None)
    assert 'output parameter "result" is not of the form' in str(said.faults[0])


def test_a_document_that_is_too_large_is_not_read() -> None:
    text = json.dumps({"metrics": [metric(help_="x" * LARGEST_DOCUMENT)]})
    assert of_text(text) == ['output parameter "metrics" is longer than 256 Ki characters']


def test_of_too_many_metrics_the_first_are_taken_and_of_too_many_faults_a_few_told() -> None:
    run = told(*(metric(f"m{n}") for n in range(MOST + 3)))
    assert [m.name for m in run.metrics] == [f"m{n}" for n in range(MOST)]
    assert [str(fault) for fault in run.faults] == ["the run tells more than 50 metrics: the first are taken"]
    assert len(faults(*({"name": f"m{n}"} for n in range(5000)))) <= MOST + 2


def test_a_help_is_one_line_without_what_would_have_to_be_escaped() -> None:
    (one,) = told(metric(help_='a\n"b"\\n \x00c ' + "d" * 500)).metrics
    assert one.help.startswith('a "b"/n c ddd')
    assert len(one.help) == LONGEST_HELP
    assert as_help("half \ud800\x85\u2028") == "half"


def test_several_parameters_are_read() -> None:
    both = {"parameters": [parameter(metric("a")), parameter(metric("b"), name="more")]}
    assert [m.name for m in told_by(both, None).metrics] == ["a", "b"]
    assert told_by(outputs(), None) == told_by(None, None)
