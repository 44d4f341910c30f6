"""What a visualization asks of the engine, and what it shows of the answer, as Kibana makes it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.unit.kibana.boards import Saved

Row = tuple[tuple[Any, ...], tuple[Any, ...]]
"""The labels of the buckets, from the outermost inwards, and the metrics."""

_MISSING: Final = "__missing__"
_PHRASE: Final = re.compile(r'([a-z_.]+):"([^"]+)"')


def within(time_field: str, start: str, end: str) -> dict[str, Any]:
    """The query of the time picker, `end` not included."""
    return {"range": {time_field: {"gte": start, "lt": end, "format": "strict_date_optional_time"}}}


def body_of(saved: Saved, query: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the search; a histogram of a time is by the day."""
    metrics, buckets = _parts(saved)
    return {"size": 0, "track_total_hits": True, "query": query, "aggs": _nested(metrics, buckets)}


def rows_of(saved: Saved, answer: Mapping[str, Any]) -> list[Row]:
    """What is shown, in the order of the answer; buckets that are empty are left out."""
    metrics, buckets = _parts(saved)
    whole = answer.get("aggregations", {}) | {"doc_count": answer["hits"]["total"]["value"]}
    return [row for row in _rows(metrics, buckets, whole, ()) if row[1][0]]


def _parts(saved: Saved) -> tuple[list[Any], list[Any]]:
    aggs = [agg for agg in saved.aggs if agg["enabled"]]
    return (
        [agg for agg in aggs if agg["schema"] == "metric"],
        [agg for agg in aggs if agg["schema"] != "metric"],
    )


def _nested(metrics: Sequence[Any], buckets: Sequence[Any]) -> dict[str, Any]:
    measured = {
        agg["id"]: {agg["type"]: {"field": agg["params"]["field"]}} for agg in metrics if agg["type"] != "count"
    }
    if not buckets:
        return measured
    first, *inner = buckets
    return measured | {first["id"]: _bucket(first, metrics) | {"aggs": _nested(metrics, inner)}}


def _bucket(agg: Any, metrics: Sequence[Any]) -> dict[str, Any]:
    params = agg["params"]
    if agg["type"] == "filters":
        return {"filters": {"filters": {each["label"]: _query(each["input"]) for each in params["filters"]}}}
    if agg["type"] == "date_histogram":
        by_day = {"calendar_interval": "day", "min_doc_count": params["min_doc_count"]}
        return {"date_histogram": {"field": params["field"], **by_day}}
    (by,) = (metric for metric in metrics if metric["id"] == params["orderBy"])
    order = {"_count" if by["type"] == "count" else by["id"]: params["order"]}
    terms = {"field": params["field"], "size": params["size"], "order": order}
    return {"terms": terms | ({"missing": _MISSING} if params["missingBucket"] else {})}


def _query(given: Mapping[str, str]) -> dict[str, Any]:
    """Of KQL the form that the boards use: a field and a phrase."""
    assert given["language"] == "kuery"
    found = _PHRASE.fullmatch(given["query"])
    assert found, given
    return {"match_phrase": {found[1]: found[2]}}


def _rows(
    metrics: Sequence[Any], buckets: Sequence[Any], at: Mapping[str, Any], labels: tuple[Any, ...]
) -> Iterator[Row]:
    if not buckets:
        yield labels, tuple(at["doc_count"] if agg["type"] == "count" else at[agg["id"]]["value"] for agg in metrics)
        return
    first, *inner = buckets
    found = at[first["id"]]
    for label, bucket in _labelled(first, found["buckets"]):
        yield from _rows(metrics, inner, bucket, (*labels, label))
    if first["params"].get("otherBucket"):
        yield (*labels, first["params"]["otherBucketLabel"]), (found["sum_other_doc_count"],)


def _labelled(agg: Any, buckets: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    if isinstance(buckets, dict):
        yield from buckets.items()
        return
    for bucket in buckets:
        label = bucket.get("key_as_string", bucket["key"])[:10] if agg["type"] == "date_histogram" else bucket["key"]
        yield agg["params"]["missingBucketLabel"] if label == _MISSING else label, bucket
