"""What is wrong with an answer is found."""

import pytest

from .boards import Panel, Target
from .shown import faults_of_legend, faults_of_table, moment_for

_ONE = {"metric": {"pod": "web-1", "node": "n1"}}
_OTHER = {"metric": {"pod": "web-1", "node": "n2"}}
_TABLE = Panel(
    {
        "transformations": [
            {"id": "filterFieldsByName", "options": {"include": {"names": ["pod", "Value"]}}},
            {"id": "organize", "options": {"renameByName": {}}},
        ]
    }
)


def target(legend: str) -> Target:
    return Target("x", legend, {})


def test_series_that_would_be_called_the_same_are_told() -> None:
    assert list(faults_of_legend(target("{{pod}}"), [_ONE, _OTHER])) == ["2 are called ('web-1',)"]
    assert list(faults_of_legend(target("{{pod}} {{node}}"), [_ONE, _OTHER])) == []


def test_a_label_that_no_series_has_is_told_unless_there_is_no_series() -> None:
    assert list(faults_of_legend(target("{{container}}"), [_ONE])) == ["no container"]
    assert list(faults_of_legend(target("{{container}}"), [])) == []


def test_rows_that_are_there_twice_and_columns_of_nothing_are_told() -> None:
    assert list(faults_of_table(_TABLE, [[_ONE], [_OTHER]])) == []
    assert list(faults_of_table(_TABLE, [[_ONE, _OTHER]])) == ["2 rows (('pod', 'web-1'),)"]
    assert list(faults_of_table(_TABLE, [[{"metric": {"node": "n1"}}]])) == ["no pod"]


@pytest.mark.parametrize(("now", "then"), [(600.0, 600), (600.5, 900), (899.0, 900)])
def test_what_is_read_at_full_five_minutes_is_asked_at_the_next(now: float, then: int) -> None:
    assert moment_for("sum_over_time(x[1h:5m])", now) == then
    assert moment_for("rate(x_total[5m])", now) == now
