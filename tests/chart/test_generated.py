"""What the chart derives from values.yaml and from the exporter's settings is as they are. Needs no Helm."""

import json
import re
import tomllib
from typing import Any

import pytest
import yaml
from charts.generate import crd, mixin, pages, readme, schema, settings, values
from charts.generate.shapes import SHAPES
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app.durations import shown
from kubevigil.app.settings import KEYS

from .helm import CHART, ROOT

KINDS = {key.kind.word: key for key in reversed(list(settings.CONFIGURABLE.values()))}
"""The first setting of each kind."""


@pytest.mark.parametrize(
    "name",
    [
        "values.schema.json",
        "README.md",
        "files/slack.yaml",
        "files/logs.yaml",
        crd.FILE,
        *(f"files/rules-{source}.yaml" for source in mixin.SOURCES),
        *(f"files/kibana-{board}.ndjson" for board in mixin.BOARDS),
    ],
)
def test_a_generated_file_is_what_its_sources_say(name: str) -> None:
    again = "run `python -m charts.generate`"
    assert (CHART / name).read_text(encoding="utf-8") == pages.pages()[name], again


def test_every_setting_is_one_of_config_or_is_the_charts_to_decide() -> None:
    config = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))["properties"]["config"]
    assert set(_leaves(config, "")) == {name for name in KEYS if name not in settings.DECIDED}


def test_every_map_of_values_is_closed_but_for_labels_kubernetes_objects_and_a_parents_globals() -> None:
    root = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    open_maps = set(_open(root, ""))
    assert open_maps == {
        *("global", "resources", "podSecurityContext", "securityContext", "affinity", "serviceMonitor.tlsConfig"),
        "checks.podSecurityContext",
        *("serviceMonitor.metricRelabelings[]", "networkPolicy.from[]", "networkPolicy.extraEgress[]"),
        *("elasticsearch.resources", "networkPolicy.elasticsearch.to[]"),
        *("tolerations[]", "topologySpreadConstraints[]", "extraEnv[]", "extraVolumes[]", "extraVolumeMounts[]"),
        "extraManifests[]",
    }


def test_the_chart_is_of_the_exporters_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == project["version"]


def test_every_link_of_the_charts_page_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (CHART / "README.md").read_text(encoding="utf-8"))
    assert [target for target in targets if not (CHART / target).exists()] == []


def test_a_value_without_a_shape_is_named() -> None:
    known = values.read({**SHAPES, "config": {}})
    with pytest.raises(ValueError, match=r"shapes\.py, not in both: strange"):
        schema.page({**known, "strange": values.Value(1, "")})


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="no markers for 'values'"):
        readme.page("# nothing", {})


def test_every_value_has_a_comment_of_one_or_more_sentences() -> None:
    read = values.read({**SHAPES, "config": {}})
    assert [path for path, value in read.items() if not re.fullmatch(r"[A-Z0-9`].*\.", value.comment)] == []


@given(st.data())
def test_the_schema_takes_what_the_exporter_takes_and_refuses_what_it_refuses(data: st.DataObject) -> None:
    key = KINDS[data.draw(st.sampled_from(sorted(KINDS.keys() - _BY_A_TEMPLATE)))]
    value = data.draw(_CANDIDATES[key.kind.word])
    assert _fits(settings.fragment(key), value) == _reads(key.kind, value), (key.name, value)


_DURATIONS = st.integers(min_value=3_600, max_value=86_400).map(lambda seconds: shown(float(seconds)))
"""Within the bounds of the first such setting: a schema knows the form only, the exporter the bounds too."""

_URL_PARTS = (
    st.sampled_from(["http://", "https://", "ftp://", "https:/", "", " https://"]),
    st.sampled_from(["es", "es-1.logging.svc", "10.0.0.1", "[::1]", "[::1", "e s", "é", "", "a_b", "a,b"]),
    st.sampled_from(["", ":9200", ":", ":x", ":92000000"]),
    st.sampled_from(["", "/", "/es", "/es/", "/a.b/c~d", "//", "/%41", "?x", "#x", "/.."]),
)
"""Not one with a user: the schema lets these pass, since Helm would show the password; test_sidecar.py."""

_BY_A_TEMPLATE = {"LEASE"}
"""Kinds that the schema takes as any text, since a template says better what is wrong; test_healthchecks.py."""

_CANDIDATES: dict[str, st.SearchStrategy[Any]] = {
    "NAME": st.text(st.characters(categories=["L", "N", "P", "Zs"], max_codepoint=0x7F), max_size=260),
    "TEXT": st.text(st.characters(max_codepoint=0x7F), max_size=10),
    "GLOBS": st.lists(st.text("abcXYZ019.*?[]!_- /,", max_size=8), max_size=3),
    "DURATION": st.one_of(
        _DURATIONS, st.text("dhms.", max_size=6), st.sampled_from(["90", "2m1h", "1h 5s", "-1s", "1.5h"])
    ),
    "NUMBER": st.integers(min_value=-5, max_value=20_000_000),
    "URLS": st.lists(st.tuples(*_URL_PARTS).map("".join), max_size=2),
    "PREFIX": st.one_of(
        st.text("abz019-_.", max_size=6),
        st.sampled_from(["logs-a", "logs", "metrics-", "security_solution-x", "A-", "a b", "é", "a\n"]),
        st.integers(min_value=243, max_value=247).map(lambda length: "a" * length),
    ),
    "REGION": st.sampled_from(["eu-west-1", "us-gov-west-1", "", "Ireland", "eu", "eu_west_1", "-a-1", "eu-west-1 "]),
    "es|aoss": st.sampled_from(["es", "aoss", "", "ES"]),
    "ecs|legacy": st.sampled_from(["ecs", "legacy", "ECS", ""]),
    "SIZE": st.sampled_from(["1MiB", "512MiB", "1TiB", "1GB", "64", "1.5GiB", "", "MiB", "1 GiB"]),
    "NAMES": st.lists(st.sampled_from(["email", "card", "jwt", "emial", "", "EMAIL"]), max_size=3),
    "NAMESPACES": st.lists(st.sampled_from(["shop", "a-1", "-a", "a-", "A", "a.b", "a" * 63, "a" * 64]), max_size=3),
    "HOSTS": st.lists(
        st.sampled_from(
            ["example.org", "*.example.org", "EX.org", "a.*.b", "*", "ex?mple", "a..b", "-a.b", "h:1", "1"]
        ),
        max_size=3,
    ),
    "ACCOUNTS": st.lists(
        st.sampled_from(["health/checker", "*/probe-*", "*", "a/b/c", "/a", "a/", "A/b", "a.b/c", "a/b.c", "a b/c"]),
        max_size=3,
    ),
    "ID": st.one_of(
        st.text("aZ0-_.", max_size=5), st.integers(min_value=61, max_value=65).map(lambda length: "a" * length)
    ),
    "NAME=PATTERN": st.sampled_from([["a=b+"], ["A=b"], ["a"], ["=x"], ["a="], ["a_1=[0-9]{4}", "b=c"], []]),
    "auto|on|off": st.sampled_from(["auto", "on", "off", "true", "", "On"]),
    "unwell|all": st.sampled_from(["unwell", "all", "ALL", "", "well"]),
    "json|text": st.sampled_from(["json", "text", "yaml", ""]),
    "debug|info|warning|error": st.sampled_from(["debug", "info", "warning", "error", "Info", "warn"]),
}


def _reads(kind: Any, value: Any) -> bool:
    try:
        kind.read(tuple(value) if isinstance(value, list) else str(value))
    except ValueError:
        return False
    return True


def _fits(fragment: Any, value: Any) -> bool:
    """The few words of JSON Schema that the fragments use."""
    if "enum" in fragment:
        return value in fragment["enum"]
    if fragment["type"] == "array":
        return all(_fits(fragment["items"], item) for item in value)
    if fragment["type"] == "integer":
        return bool(fragment["minimum"] <= value <= fragment["maximum"])
    length = fragment.get("minLength", 0) <= len(value) <= fragment.get("maxLength", 1_000)
    return length and _matches(fragment, value) and not ("not" in fragment and _matches(fragment["not"], value))


def _matches(fragment: Any, value: str) -> bool:
    return re.search(fragment["pattern"].replace("$", r"\Z"), value) is not None  # RE2's $ is the end of the text


def _leaves(fragment: Any, path: str) -> list[str]:
    if fragment.get("type") != "object" or "properties" not in fragment:
        return [path]
    return [
        leaf for key, below in fragment["properties"].items() for leaf in _leaves(below, f"{path}.{key}".strip("."))
    ]


def _open(fragment: Any, path: str) -> list[str]:
    if fragment.get("type") == "array":
        return _open(fragment["items"], f"{path}[]")
    if "object" not in fragment.get("type", ""):
        return []
    itself = [path] if fragment.get("additionalProperties", True) is True else []
    return itself + [
        name
        for key, below in fragment.get("properties", {}).items()
        for name in _open(below, f"{path}.{key}".strip("."))
    ]
