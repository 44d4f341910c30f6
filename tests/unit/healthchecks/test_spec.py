"""What a spec says, and what is wrong with one: every field, and JSON of any shape."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.schedule import Every, Never
from kubevigil.healthchecks.spec import DEFAULT_TIMEOUT, File, Inline, Judged, Level, Url, judge

from .making import HELLO, raw_spec, spec_of

KEYS = [
    *("repeatAfterSec", "description", "level", "schedule", "cron", "backoffFactor", "backoffMax", "backoffMin"),
    *("remedyRunsLimit", "remedyResetInterval", "workflow", "remedyworkflow", "generateName", "workflowtimeout"),
    *("rbacRules", "resource", "namespace", "serviceAccount", "source", "inline", "file", "url", "path", "verifyCert"),
    "other",
]


def workflow_with(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {**raw_spec()["workflow"], **changes}
    return made


def source(**of: Any) -> dict[str, Any]:
    return raw_spec(workflow=workflow_with(resource={"namespace": "health", "source": of}))


def paths(judged: Judged) -> list[str]:
    return [finding.path for finding in judged.findings]


def test_every_field_of_the_predecessor_is_read() -> None:
    spec = spec_of(
        description="says hello",
        remedyRunsLimit=2,
        remedyResetInterval=300,
        remedyworkflow={
            "generateName": "mend-",
            "workflowtimeout": 30,
            "rbacRules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
            "resource": {"namespace": "mend", "serviceAccount": "mender", "source": {"inline": HELLO}},
        },
    )
    assert (spec.schedule, spec.level, spec.timeout, spec.description) == (Every(60), Level.CLUSTER, 20, "says hello")
    assert (spec.workflow.generate_name, spec.workflow.namespace) == ("hello-", "health")
    assert (spec.workflow.service_account, spec.workflow.source) == ("checker", Inline(HELLO))
    assert spec.remedy is not None
    assert (spec.remedy.namespace, spec.remedy.timeout, len(spec.remedy.rules)) == ("mend", 30, 1)
    assert (spec.remedy_runs_limit, spec.remedy_reset_interval) == (2, 300)


@pytest.mark.parametrize(
    ("changes", "timeout"),
    [
        ({}, 20),
        ({"workflow": workflow_with(workflowtimeout=0)}, 60),
        ({"workflow": workflow_with(workflowtimeout=0), "repeatAfterSec": 0, "schedule": {"cron": "@hourly"}}, 3600),
        ({"workflow": workflow_with(workflowtimeout=0), "repeatAfterSec": 0, "schedule": {"cron": "@every 5m"}}, 300),
        ({"workflow": workflow_with(workflowtimeout=0), "repeatAfterSec": 0}, DEFAULT_TIMEOUT),
    ],
)
def test_a_run_may_take_its_timeout_else_its_period_else_an_hour(changes: dict[str, Any], timeout: int) -> None:
    assert spec_of(**changes).timeout == timeout


@pytest.mark.parametrize("nothing", [None, {}, {"generateName": "", "resource": None}, {"rbacRules": []}])
def test_an_empty_remedy_is_none(nothing: object) -> None:
    assert spec_of(remedyworkflow=nothing).remedy is None


def test_the_sources_of_a_workflow() -> None:
    assert (
        judge(source(url={"path": "https://x/y"})).spec
        == judge(source(url={"path": "https://x/y", "verifyCert": True})).spec
    )
    unverified = judge(source(url={"path": "https://x/y", "verifyCert": False})).spec
    assert unverified is not None
    assert unverified.workflow.source == Url("https://x/y", verify=False)
    mounted = judge(source(inline="", file={"path": "a.yaml"})).spec
    assert mounted is not None
    assert mounted.workflow.source == File("a.yaml")


@pytest.mark.parametrize("repeat", [0, -5])
def test_without_a_schedule_a_check_is_stopped_not_wrong(repeat: int) -> None:
    judged = judge(raw_spec(repeatAfterSec=repeat))
    assert judged.spec is not None
    assert isinstance(judged.spec.schedule, Never)
    assert judged.remarks == (Finding("spec", "has neither repeatAfterSec nor schedule.cron: the check is stopped"),)


def test_a_missing_level_is_namespace() -> None:
    assert spec_of(level=None).level is Level.NAMESPACE
    assert spec_of(level="").level is Level.NAMESPACE


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        (None, "spec", "is missing"),
        ([], "spec", "must be a map, not a list"),
        ({}, "spec.workflow", "is missing: it says which workflow"),
        (raw_spec(level="node"), "spec.level", "'cluster' or 'namespace'"),
        (raw_spec(repeatAfterSec="60"), "spec.repeatAfterSec", "must be a whole number, not '60'"),
        (raw_spec(repeatAfterSec=6.5), "spec.repeatAfterSec", "must be a whole number, not 6.5"),
        (raw_spec(repeatAfterSec=True), "spec.repeatAfterSec", "must be a whole number, not true"),
        (raw_spec(repeatAfterSec=2**63), "spec.repeatAfterSec", "beyond"),
        (raw_spec(repeatAfterSec=0, schedule={"cron": "x"}), "spec.schedule.cron", "has 1 fields"),
        (raw_spec(repeatAfterSec=0, schedule={"cron": 5}), "spec.schedule.cron", "must be a text, not 5"),
        (raw_spec(schedule="@hourly"), "spec.schedule", "must be a map, not '@hourly'"),
        (raw_spec(remedyRunsLimit=-1), "spec.remedyRunsLimit", "must be 0 or more"),
        (raw_spec(remedyResetInterval=-1), "spec.remedyResetInterval", "must be 0 or more"),
        (raw_spec(workflow=workflow_with(generateName=None)), "spec.workflow.generateName", "is missing"),
        (raw_spec(workflow=workflow_with(generateName="Hello-")), "spec.workflow.generateName", "cannot begin a name"),
        (raw_spec(workflow=workflow_with(generateName="a.-")), "spec.workflow.generateName", "cannot begin a name"),
        (raw_spec(workflow=workflow_with(generateName="-a")), "spec.workflow.generateName", "cannot begin a name"),
        (raw_spec(workflow=workflow_with(generateName="a\n")), "spec.workflow.generateName", "cannot begin a name"),
        (raw_spec(workflow=workflow_with(generateName="a" * 253)), "spec.workflow.generateName", "cannot begin"),
        (raw_spec(workflow=workflow_with(workflowtimeout=-1)), "spec.workflow.workflowtimeout", "0 or more"),
        (raw_spec(workflow=workflow_with(resource=None)), "spec.workflow.resource", "is missing"),
        (raw_spec(workflow=workflow_with(rbacRules=["get"])), "spec.workflow.rbacRules[0]", "must be a map"),
        (raw_spec(workflow=workflow_with(rbacRules={})), "spec.workflow.rbacRules", "must be a list, not a map"),
        (source(), "spec.workflow.resource.source", "inline, url.path or file.path"),
        (source(inline=""), "spec.workflow.resource.source", "inline, url.path or file.path"),
        (source(inline={"kind": "Workflow"}), "spec.workflow.resource.source.inline", "must be a text, not a map"),
        (
            source(url={"path": "x", "verifyCert": "no"}),
            "spec.workflow.resource.source.url.verifyCert",
            "true or false",
        ),
        (raw_spec(remedyworkflow={"workflowtimeout": 5}), "spec.remedyworkflow.resource", "is missing"),
        (
            raw_spec(workflow=workflow_with(resource={"source": {"inline": "x"}})),
            "spec.workflow.resource.namespace",
            "is missing",
        ),
        (
            raw_spec(workflow=workflow_with(resource={"namespace": "a.b", "source": {"inline": "x"}})),
            "spec.workflow.resource.namespace",
            "is no name",
        ),
        (
            raw_spec(
                workflow=workflow_with(resource={"namespace": "a", "serviceAccount": "A", "source": {"inline": "x"}})
            ),
            "spec.workflow.resource.serviceAccount",
            "is no name",
        ),
    ],
)
def test_what_cannot_work_is_told_by_its_field(raw: object, path: str, words: str) -> None:
    judged = judge(raw)
    assert judged.spec is None
    (finding,) = [finding for finding in judged.findings if finding.path == path]
    assert words in finding.message


def test_all_faults_are_told_at_once() -> None:
    wrong = judge(raw_spec(level="x", repeatAfterSec="y", workflow=workflow_with(generateName="", workflowtimeout=-1)))
    assert paths(wrong) == [
        "spec.repeatAfterSec",
        "spec.level",
        "spec.workflow.workflowtimeout",
        "spec.workflow.generateName",
    ]


def test_what_has_no_effect_is_remarked_and_the_check_works() -> None:
    judged = judge(
        raw_spec(
            backoffFactor="0.5",
            backoffMin=5,
            backoffMax=0,
            schedule={"cron": "@hourly"},
            repeatAfterSeconds=5,
            workflow=workflow_with(timeout=5),
            remedyworkflow={"other": 1},
        )
    )
    assert judged.spec is not None
    assert [remark.path for remark in judged.remarks] == [
        "spec.backoffFactor",
        "spec.backoffMin",
        "spec.backoffMax",
        "spec.schedule.cron",
        "spec.repeatAfterSeconds",
        "spec.workflow.timeout",
        "spec.remedyworkflow.other",
    ]


def test_a_generate_name_that_the_api_server_would_cut_is_taken() -> None:
    assert spec_of(workflow=workflow_with(generateName="a" * 200)).workflow.generate_name == "a" * 200


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, categories=None), max_size=8)
    | st.sampled_from(["@hourly", "* * * * *", "cluster", "hello-", "health", HELLO]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner),
    max_leaves=20,
)


@given(ANYTHING)
@settings(max_examples=400)
def test_anything_is_judged(raw: object) -> None:
    judged = judge(raw)
    assert (judged.spec is None) is bool(judged.findings)


def test_twenty_thousand_broken_specs_are_judged_and_every_fault_has_a_place_and_words() -> None:
    draw = random.Random(9)
    junk: list[object] = [
        None,
        True,
        0,
        -1,
        2**70,
        10**5000,
        1.5,
        float("nan"),
        "",
        "x",
        "\ud800",
        "a" * 10**4,
        [],
        [[]],
        {},
    ]
    junk += [{"path": 1}, {1: 2}, {None: None}, b"x"]
    works = 0
    for _ in range(20_000):
        raw = raw_spec(remedyworkflow=raw_spec()["workflow"], schedule={"cron": "@hourly"}, backoffMin=1)
        for _ in range(draw.randint(1, 3)):
            place = raw
            while True:
                key = draw.choice(sorted(place, key=str) or ["x"])
                inner = place.get(key)
                if isinstance(inner, dict) and inner and draw.random() < 0.7:
                    inner = place[key] = dict(inner)
                    place = inner
                    continue
                place[draw.choice([key, key, draw.choice(KEYS)])] = draw.choice(junk)
                break
        judged = judge(raw)
        works += judged.spec is not None
        assert (judged.spec is None) is bool(judged.findings)
        assert all(finding.path.startswith("spec") and finding.message for finding in judged.findings)
        assert all(len(finding.message) < 1500 for finding in judged.findings)
    assert 1000 < works < 19_000
