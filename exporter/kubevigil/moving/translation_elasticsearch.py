"""The predecessor's Elasticsearch in our words. Pure."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from kubevigil.moving.predecessor import Predecessor
from kubevigil.moving.remarks import Step, changed, left, taken

_OURS: Final = "k8s-crash-monitor-"

_QUEUE: Final = "nothing waits in memory: what is not sent yet is in the store, and is sent as soon as that is possible"

_LEFT: Final = {
    "elasticsearch.buffer_size": _QUEUE,
    "elasticsearch.batch_size": _QUEUE,
    "elasticsearch.flush_seconds": _QUEUE,
    "elasticsearch.doc_type": "documents have no type since Elasticsearch 7",
}


def elasticsearch(given: Predecessor) -> Iterator[Step]:
    """Where crashes are sent, and in which form."""
    if "elasticsearch.url" in given.names:
        yield from _server(given)
    elif names := given.gave("elasticsearch.scheme", "elasticsearch.port", "aws.region"):
        yield left(names, "without elasticsearch.url nothing tells where to send crashes")
    if "elasticsearch.index" in given.names:
        yield _index(given)
    if "elasticsearch.dashboard" in given.names:
        why = "alerts link to Kibana by the chart's rules.logsUrl, which searches documents of document.format=ecs"
        yield left(given.names["elasticsearch.dashboard"], why)
    if "elasticsearch.v7" in given.names:
        is_old = given.values["elasticsearch.v7"] != "true"
        why = "Elasticsearch 7.8 or newer is needed" + (": upgrade yours first" if is_old else "")
        yield left(given.names["elasticsearch.v7"], why)
    yield from (left(given.names[key], why) for key, why in _LEFT.items() if key in given.names)


def _server(given: Predecessor) -> Iterator[Step]:
    names = given.gave("elasticsearch.url", "elasticsearch.scheme", "elasticsearch.port")
    yield changed(
        names,
        "elasticsearch.hosts",
        "one URL; `kubevigil ship` sends, the chart has it as a second container",
        settings={"elasticsearch.hosts": [_host(given)]},
    )
    yield changed(
        "its eight fields",
        "document.format",
        "as they were, so that its boards go on working; ecs, the default, has exit code, workload and node as fields",
        settings={"document.format": "legacy"},
    )
    yield from _signature(given)


def _signature(given: Predecessor) -> Iterator[Step]:
    if given.is_local:
        if "aws.region" in given.names:
            yield left(given.names["aws.region"], "it was not used with DEPLOY_ENV=local")
    elif region := given.values["aws.region"]:
        why = "requests are signed as its were: give the new service account its role (serviceAccount.annotations)"
        yield taken(
            given.names["aws.region"], "elasticsearch.aws_region", why, settings={"elasticsearch.aws_region": region}
        )
    else:
        why = "it signed every request for AWS: give elasticsearch.aws_region, or how else to sign in"
        yield left("the signature for AWS", why)


def _index(given: Predecessor) -> Step:
    index, name = given.values["elasticsearch.index"], given.names["elasticsearch.index"]
    why = "the default here, too" if index == _OURS else ""
    return taken(name, "elasticsearch.index", why, settings={"elasticsearch.index": index})


def _host(given: Predecessor) -> str:
    """The URL with its port; one without a scheme has the scheme that was given by itself."""
    url, port = given.values["elasticsearch.url"].rstrip("/"), given.values["elasticsearch.port"]
    if "://" not in url:
        url = f"{given.values['elasticsearch.scheme']}://{url}"
    authority = urlsplit(url).netloc
    has_port = authority.rpartition("]")[2].rpartition(":")[2].isdecimal() and ":" in authority.rpartition("]")[2]
    return url if has_port else url.replace(authority, f"{authority}:{port}", 1)
