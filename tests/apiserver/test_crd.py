"""The HealthCheck CRD on a real API server: the predecessor's files are taken as they are, what cannot work is not."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import yaml
from charts.generate import crd, crd_spec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kubevigil.healthchecks.schedule import BadSchedule, schedule_of
from kubevigil.healthchecks.spec import judge
from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import AlreadyExists, NotFound, Refused, TooManyRequests
from kubevigil.kube.writing import Writer
from tests.chart.apiserver import ApiServer, as_json
from tests.chart.helm import CHART
from tests.cluster.cluster import wait_for

from . import predecessor
from .checks import GROUP, NEGATIVE_LIMITS, PERIODIC, REFUSED, STATUS, TAKEN, Object, check, workflow

pytestmark = [pytest.mark.timeout(300)]

FILE = CHART / crd.FILE
CRD = f"healthchecks.{GROUP}"
CHECKS = f"/apis/{GROUP}/v1alpha1/namespaces/default/healthchecks"


def _install(server: ApiServer, connection: Connection, definition: Object, verdict: str = "refused") -> None:
    """Puts a CRD in place and waits until the server judges by it; `verdict` is what it then says of a bad level."""
    server.apply(definition)
    wait_for("the kind is known", partial(_is_established, server))
    wait_for(f"a bad level is {verdict}", lambda: _verdict(connection) == verdict)


def _is_established(server: ApiServer) -> bool:
    told = json.loads(server.kubectl("get", f"crd/{CRD}", "--output=json"))
    conditions = {each["type"]: each["status"] for each in told.get("status", {}).get("conditions") or []}
    assert conditions.get("NonStructuralSchema") != "True", told["status"]
    return conditions.get("Established") == "True"


def _ours() -> Object:
    (definition,) = yaml.safe_load_all(FILE.read_text(encoding="utf-8"))
    assert isinstance(definition, dict)
    return definition


@pytest.fixture(scope="module")
def known(server: ApiServer, connection: Connection) -> ApiServer:
    """The server, which knows our CRD."""
    _install(server, connection, _ours())
    return server


@pytest.fixture
def writer(known: ApiServer, connection: Connection) -> Iterator[Writer]:
    yield Writer(connection)
    known.kubectl("delete", "healthchecks", "--all", "--namespace=default")


@pytest.mark.parametrize("title", TAKEN)
def test_a_check_that_works_today_is_taken_as_it_is_and_so_is_its_status(
    known: ApiServer, writer: Writer, title: str
) -> None:
    said = known.kubectl("apply", "--validate=strict", "--filename=-", stdin=as_json([check(TAKEN[title])]))
    assert "Warning" not in said
    merged = writer.merge(f"{CHECKS}/tried/status", {"status": STATUS}, dict[str, Any])
    assert (merged["spec"], merged["status"]) == (TAKEN[title], STATUS)


@pytest.mark.parametrize("title", TAKEN)
def test_a_check_that_is_taken_is_one_that_the_controller_can_run(title: str) -> None:
    assert judge(TAKEN[title]).findings == ()


@pytest.mark.parametrize("title", REFUSED)
def test_a_check_that_cannot_work_is_refused_with_words_that_name_the_field(writer: Writer, title: str) -> None:
    spec, words = REFUSED[title]
    with pytest.raises(Refused) as caught:
        writer.create(CHECKS, check(spec), dict[str, Any])
    assert caught.value.status == 422
    assert words in caught.value.detail


BY_THE_SERVER_ALONE = {"a url that is none", "rights without verbs"}
"""The controller finds out when it fetches the workflow, or never needs to know."""


@pytest.mark.parametrize("title", [title for title in REFUSED if title not in BY_THE_SERVER_ALONE])
def test_what_is_refused_could_not_be_run_either(title: str) -> None:
    assert judge(REFUSED[title][0]).spec is None


def test_a_negative_limit_is_no_reason_to_refuse_a_check(writer: Writer) -> None:
    assert writer.create(CHECKS, check(NEGATIVE_LIMITS), dict[str, Any])["spec"] == NEGATIVE_LIMITS


def test_a_field_that_nobody_knows_is_dropped(writer: Writer) -> None:
    spec = {**PERIODIC, "windowtimeout": 1200, "workflow": workflow(wishes=[1])}
    made = writer.create(CHECKS, check(spec), dict[str, Any])
    assert made["spec"] == PERIODIC


_FIELD = st.one_of(
    st.sampled_from(["*", "?", "*/5", "0", "1-5", "1-5/2", "MON", "jan,FEB", "7", "30/10", "1,2,3"]),
    st.text("0123456789*/,-?LW#JANmon@.", min_size=1, max_size=6),
)
_BLANK = st.sampled_from([" ", "  ", "\t", "\n", " \n"])
_FIELDS = st.lists(st.tuples(_FIELD, _BLANK).map("".join), min_size=4, max_size=6).map("".join)
_DURATION = st.one_of(
    st.from_regex(r"\A[-+]?([0-9]{0,3}[.]?[0-9]{0,3}(ns|us|µs|μs|ms|s|m|h|d)){0,3}\Z"),
    st.sampled_from(["0", "+0", "5", "1.h", ".5m", "1h 5m"]),
)
_WORD = st.sampled_from(["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "@often"])
_ZONED = st.sampled_from(["", "", "TZ=UTC ", "CRON_TZ=Asia/Tokyo  ", "TZ=Nowhere/Land ", " "])


@settings(max_examples=1000)
@given(st.tuples(_ZONED, st.one_of(_FIELDS, _WORD, _DURATION.map("@every {}".format)), _ZONED).map("".join))
@example("")
@example("@every 1h30m")
def test_every_expression_that_the_controller_can_read_has_the_form_that_the_server_takes(cron: str) -> None:
    try:
        schedule_of(0, cron)
    except BadSchedule:
        return
    assert re.search(crd_spec.CRON, cron)


def test_the_columns_are_the_predecessors_with_their_blanks(known: ApiServer, writer: Writer) -> None:
    writer.create(CHECKS, check(PERIODIC), dict[str, Any])
    writer.merge(f"{CHECKS}/tried/status", {"status": STATUS}, dict[str, Any])
    for name in ("hc", "hcs", "healthcheck"):
        head, row = known.kubectl("get", name, "--namespace=default").splitlines()
        assert head.startswith(
            "NAME    LATEST STATUS   SUCCESS CNT     FAIL CNT   REMEDY SUCCESS CNT     REMEDY FAIL CNT"
        )
        assert row.split()[:6] == ["tried", "Failed", "41", "1", "3", "2"]
    columns = known.kubectl(
        "get", f"crd/{CRD}", "--output=jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}"
    )
    assert columns == "LATEST STATUS SUCCESS CNT   FAIL CNT REMEDY SUCCESS CNT   REMEDY FAIL CNT Age"


def test_a_status_is_written_as_a_sub_resource_and_cannot_be_set_with_the_spec(writer: Writer) -> None:
    made = writer.create(CHECKS, check(PERIODIC, status=STATUS), dict[str, Any])
    assert "status" not in made


def test_every_field_is_explained(known: ApiServer) -> None:
    told = known.kubectl("explain", "healthcheck.spec", "--recursive=false")
    assert "Left out, it is 'namespace'" in told
    assert "<no description>" not in told


@pytest.fixture
def old(known: ApiServer, connection: Connection) -> Iterator[ApiServer]:
    """The server with the predecessor's CRD in the place of ours."""
    known.kubectl("delete", f"crd/{CRD}")
    _install(known, connection, predecessor.definition(), "taken")
    yield known
    known.kubectl("delete", "healthchecks", "--all", "--namespace=default")
    _install(known, connection, _ours())


def test_the_predecessors_crd_becomes_ours_and_no_check_is_lost(old: ApiServer, connection: Connection) -> None:
    writer = Writer(connection)
    for number, spec in enumerate(TAKEN.values()):
        writer.create(CHECKS, check(spec, f"check-{number}"), dict[str, Any])
        writer.merge(f"{CHECKS}/check-{number}/status", {"status": STATUS}, dict[str, Any])
    before = {item["metadata"]["uid"]: item for item in _all(connection)}
    _install(old, connection, _ours())
    after = {item["metadata"]["uid"]: item for item in _all(connection)}
    assert len(before) == len(TAKEN)
    assert after == before


def test_a_check_that_cannot_work_and_was_there_before_can_still_be_told_so(
    old: ApiServer, connection: Connection
) -> None:
    writer = Writer(connection)
    bad = {**PERIODIC, "level": "Cluster", "remedyworkflow": {"generateName": "Bad_"}}
    writer.create(CHECKS, check(bad), dict[str, Any])
    _install(old, connection, _ours())
    told = writer.merge(f"{CHECKS}/tried/status", {"status": {"errorMessage": "spec.level ..."}}, dict[str, Any])
    assert told["status"] == {"errorMessage": "spec.level ..."}
    paused = {"metadata": {"annotations": {"kubevigil.io/paused": "true"}}}
    assert writer.merge(f"{CHECKS}/tried", paused, dict[str, Any])["spec"] == bad
    with pytest.raises(Refused, match=r"spec\.level"):
        writer.merge(f"{CHECKS}/tried", {"spec": {"level": "Namespace"}}, dict[str, Any])


def test_the_predecessor_takes_its_crd_back_with_every_check(
    known: ApiServer, connection: Connection, writer: Writer
) -> None:
    writer.create(CHECKS, check(PERIODIC), dict[str, Any])
    try:
        _install(known, connection, predecessor.definition(), "taken")
        assert [item["spec"] for item in _all(connection)] == [PERIODIC]
    finally:
        _install(known, connection, _ours())


def _all(connection: Connection) -> list[Object]:
    items: list[Object] = connection.get_json(CHECKS, dict[str, Any])["items"]
    return items


def _verdict(connection: Connection) -> str:
    """What the server says of what our rules alone refuse; 'not now' while it takes up a new schema."""
    writer = Writer(connection)
    try:
        _all(connection)
        writer.create(CHECKS, check({**PERIODIC, "level": "none"}, "probe"), dict[str, Any])
        writer.delete(f"{CHECKS}/probe")
    except (NotFound, TooManyRequests):
        return "not now"
    except AlreadyExists:
        writer.delete(f"{CHECKS}/probe")
        return "not now"
    except Refused:
        return "refused"
    return "taken"
