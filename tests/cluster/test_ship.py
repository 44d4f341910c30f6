"""The log sidecar on a real kubelet before real search engines: each crash is found once, with its own words.

Two installations watch the same containers die: the chart's sends to OpenSearch, `kubevigil run` and `kubevigil ship`
as processes send to Elasticsearch. The truth is containerd's. KUBEVIGIL_TESTBED_APPLICATION names the image's archive.
"""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from kubevigil.model.clock import wall
from kubevigil.model.record import CaptureResult
from tests.conftest import Tell
from tests.unit.crashes.redaction.planted import planted

from .capture_audit import found
from .cluster import TESTBED, Kubectl, WitnessLog, wait_for
from .exporter import Exporter
from .installing import Release, restricted_namespace
from .ship_audit import Verdict
from .ship_engine import NodeEngine, all_away
from .ship_installations import Installation, Installed, Processes, Sidecar, called, sample, says, set_up
from .ship_play import Play
from .ship_pods import Planned, every_kind, loops, one_by_one, saying_once
from .test_install import VOLUME

pytestmark = [pytest.mark.real, pytest.mark.timeout(420)]

KINDS: Final = ("aws", "github", "gitlab", "slack", "stripe", "jwt", "card", "email", "url", "basic")
SECRETS: Final = [secret for kind, secret in {each.kind: each for each in planted(seed=5)}.items() if kind in KINDS]
MAY_HAVE_NO_LOG: Final = {"silent/app", "start-error/app", "deleted/app"}
"""The first two print nothing; the log of a deleted pod goes with it."""

REPLACEMENTS: Final = 3

Begin = Callable[[Sequence[Planned]], Play]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[NodeEngine]]:
    """OpenSearch and Elasticsearch; nobody has set them up."""
    with NodeEngine.both(tmp_path_factory.mktemp("engines")) as engines:
        yield engines


@pytest.fixture(scope="module")
def processes(
    kubeconfig: Path, engines: list[NodeEngine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    data = tmp_path_factory.mktemp("processes") / "data"
    engine = engines[1]
    assert set_up(engine.engine)["changed"] > 0
    with (
        Exporter(data, kubeconfig, "--elasticsearch-hosts", engine.url) as exporter,
        Sidecar(data, engine.url) as sidecar,
    ):
        exporter.until_ready()
        yield Processes(exporter, sidecar, engine)


@pytest.fixture(scope="module")
def volume(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A volume that outlives the pod; the name of its class."""
    name, folder = f"kept-{uuid.uuid4().hex[:6]}", tmp_path_factory.mktemp("volume")
    folder.chmod(0o777)
    kubectl.apply(VOLUME.replace("NAME", name).replace("PATH", str(folder)))
    yield name
    kubectl("delete", "persistentvolume", name, "--wait=false")


@pytest.fixture(scope="module")
def installed(kubectl: Kubectl, engines: list[NodeEngine], volume: str) -> Iterator[Installed]:
    archive = os.environ["KUBEVIGIL_TESTBED_APPLICATION"]
    subprocess.run([TESTBED / "cluster/import-image", archive], check=True, timeout=120)
    with restricted_namespace(kubectl, "operations") as home:
        release = Release(home, "night-watch")
        release.install(
            config={"elasticsearch": {"hosts": [engines[0].url], "replicas": 0}},
            elasticsearch={"setup": {"enabled": True}},
            persistence={"enabled": True, "storageClass": volume, "size": "1Gi"},
        )
        yield Installed(release, engines[0])
        release.uninstall()


@pytest.fixture
def installations(installed: Installed, processes: Processes) -> Sequence[Installation]:
    both = (installed, processes)
    for each in both:
        wait_for("the sidecar is ready", partial(says, each.sidecar, 200), 60)
    return both


@pytest.fixture
def begin(namespace: Kubectl, witness: WitnessLog, installations: Sequence[Installation]) -> Iterator[Begin]:
    """Begins the test's play."""
    with ExitStack() as stack:
        yield lambda pods: stack.enter_context(Play.begun(namespace, witness, installations, pods))


def settled(play: Play, tell: Tell, **more: object) -> dict[str, Verdict]:
    """Waits until all have died, are found and are called sent; the verdicts by engine, in which there is no fault."""
    play.until_all_died()
    with suppress(AssertionError):  # what is missing then is told below, by its place
        play.until_all_found()
    verdicts = play.verdicts()
    for name, verdict in verdicts.items():
        tell(engine=name, **verdict.figures, **more)
    faults = [f"{name}: {fault}" for name, verdict in verdicts.items() for fault in verdict.faults]
    assert not faults, "\n".join(faults)
    play.until_all_called_sent()
    return verdicts


def test_every_kind_of_crash_is_found_once_by_its_own_words_and_called_sent(
    begin: Begin, namespace: Kubectl, installations: Sequence[Installation], tell: Tell
) -> None:
    play = begin(every_kind())
    # Kubernetes' times are whole seconds: an end in the second of the deletion counts as asked for, and is no crash.
    wait_for("the one to be deleted has died", lambda: play.node.died_before("deleted", wall() - 1), 60)
    namespace("delete", "pod", "deleted", "--wait=false")
    verdicts = settled(play, tell)
    deaths = play.node.deaths()
    assert len(deaths) >= 30
    tell(seconds_from_end_to_found=play.seconds_to_found())
    for each in installations:
        without_log = verdicts[each.engine.name].without_log
        # On a loaded node the next instance may be there, and have died, before a log was read.
        unread = {id_ for id_, reason in without_log.items() if reason != CaptureResult.SUPERSEDED}
        assert {death.place for death in deaths if death.container_id in unread} <= MAY_HAVE_NO_LOG
        assert len(without_log) <= len(deaths) / 4
        for death in deaths:
            if death.container_id not in without_log:
                assert each.engine.saying(death.name) == [death.container_id]
        ids = [document.id for document in each.engine.documents(namespace.namespace)]
        assert called(each, namespace.namespace).keys() == set(ids)
        (delivery,) = each.crashes("show", ids[0])["delivery"]
        assert (delivery["sink"], delivery["state"]) == ("elasticsearch", "sent")
        assert sample(each, "kubevigil_sink_records_total", result="sent") >= len(deaths)


def test_of_what_a_container_says_no_secret_is_in_any_index_and_the_rest_is(
    begin: Begin, installations: Sequence[Installation], tell: Tell
) -> None:
    play = begin([saying_once("leaky", "\n".join(each.text for each in SECRETS))])
    settled(play, tell, texts_with_secrets=len(SECRETS))
    (death,) = play.node.deaths()
    assert all(found(each.secrets, [death.printed.encode()]) for each in SECRETS)
    for each in installations:
        assert each.engine.saying(death.name) == [death.container_id]
        everything = "\n".join(each.engine.every_text())
        assert found((secret for one in SECRETS for secret in one.secrets), [everything.encode()]) == set()
        assert everything.count("[REDACTED:") >= len(SECRETS)


def test_an_engine_that_is_killed_and_comes_back_is_told_and_costs_nothing(
    begin: Begin, namespace: Kubectl, installations: Sequence[Installation], tell: Tell
) -> None:
    play = begin([*loops(4, 3), *one_by_one(6, 30)])
    wait_for("some are found", lambda: play.least_found() >= 3, 60)
    with all_away([each.engine for each in installations]):
        died_before = play.node.counts().total()
        for each in installations:
            wait_for("the sidecar is not ready", partial(says, each.sidecar, 503), 60)
            assert sample(each, "kubevigil_sink_up") == 0
            wait_for("the exporter is", partial(says, each.exporter, 200), 60)
        play.until_all_died()
        died = play.node.counts().total() - died_before
        for each in installations:
            assert ["waiting"] in called(each, namespace.namespace).values()
    settled(play, tell, died_while_it_was_away=died)
    assert died > 0
    for each in installations:
        assert says(each.sidecar, 200)
        assert sample(each, "kubevigil_sink_up") == 1


def test_exporter_and_sidecar_that_are_replaced_in_mid_play_lose_and_double_nothing(
    begin: Begin, installations: Sequence[Installation], tell: Tell
) -> None:
    play = begin(one_by_one(16, 32))
    wait_for("some have died", lambda: play.node.counts().total() >= 4, 60)
    died_before = play.node.counts().total()
    for each in [*installations] * REPLACEMENTS:
        each.replace()
    died = play.node.counts().total() - died_before
    settled(play, tell, replacements_of_each=REPLACEMENTS, died_in_the_meantime=died)
    assert died > 0


def test_promtool_finds_nothing_to_say_about_the_sidecar_s_metrics(installations: Sequence[Installation]) -> None:
    for each in installations:
        status, text = each.sidecar("/metrics")
        command = ["promtool", "check", "metrics"]
        checked = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=30)
        assert (status, checked.returncode, checked.stdout + checked.stderr) == (200, 0, b"")


def test_the_chart_s_sidecar_has_no_token_of_the_cluster(installed: Installed) -> None:
    assert installed.token_files("ship") == []
    assert "token" in installed.token_files("kubevigil")
