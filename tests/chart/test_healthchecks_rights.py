"""The rights of health checks on a real API server: they suffice for all that is done, and each of them is used."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import Settings
from kubevigil.app.sources import load
from kubevigil.kube.connection import Connection, connect
from tests.apiserver import predecessor
from tests.apiserver.argo import CRD as WORKFLOWS
from tests.apiserver.argo import Argo
from tests.apiserver.test_healthchecks import check, looked_after, says
from tests.cluster.cluster import wait_for

from . import apiserver
from .apiserver import ApiServer, as_json
from .auditing import Asked, AuditLog
from .binaries import Binaries
from .helm import Helm, Object, Objects, Values
from .test_rights import CHECKS, LEASES, Right

pytestmark = [pytest.mark.timeout(300)]

ON: Values = {"healthchecks": {"enabled": True}}
OF_ACCOUNTS = ("CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


class Installation(NamedTuple):
    """What the chart makes, and where the checks are."""

    objects: Objects
    shop: str

    @property
    def user(self) -> str:
        """The exporter's account, as the API server calls it."""
        account = self.objects.one("ServiceAccount")["metadata"]
        return f"system:serviceaccount:{account['namespace']}:{account['name']}"

    def settings(self, folder: Path) -> Settings:
        """As the exporter reads them."""
        file = folder / "settings.yaml"
        file.write_text(self.objects.settings(), encoding="utf-8")
        return load({}, Surroundings({}, is_terminal=False), str(file)).settings


class Known:
    """An API server that knows checks and workflows, and writes down what it is asked for."""

    def __init__(self, server: ApiServer, log: AuditLog) -> None:
        self.server = server
        self.log = log

    @contextmanager
    def installed(self, objects: Objects) -> Iterator[Connection]:
        """The account of these objects, with its roles; gone afterwards, which ends all of its rights."""
        account = objects.one("ServiceAccount")["metadata"]
        made = as_json(objects.of(*OF_ACCOUNTS))
        self.server.kubectl("apply", "--filename=-", stdin=made)
        self.server.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        token = self.server.kubectl("create", "token", account["name"], f"--namespace={account['namespace']}")
        connection = connect(str(self._kubeconfig(token.strip())))
        try:
            yield connection
        finally:
            connection.close()
            gone = as_json(objects.of(*OF_ACCOUNTS[1:]))
            self.server.kubectl("delete", "--filename=-", stdin=gone)

    def _kubeconfig(self, token: str) -> Path:
        admin = self.server.kubeconfigs["admin"]
        config = json.loads(admin.read_text(encoding="utf-8"))
        config["users"][0]["user"] = {"token": token}
        path = admin.with_name("account.kubeconfig")
        path.touch(mode=0o600)
        path.write_text(json.dumps(config), encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def known(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("audited")
    log = AuditLog(folder)
    with apiserver.running(binaries, folder, flags=log.flags) as server:
        server.apply(WORKFLOWS)
        yield Known(server, log)


@pytest.fixture(params=["cluster", "namespaces"])
def installation(request: pytest.FixtureRequest, helm: Helm, known: Known) -> Iterator[Installation]:
    """In namespaces that are the test's own."""
    _made.append(request.node.name)
    home, shop = (f"{name}-{len(_made)}" for name in ("monitoring", "shop"))
    known.server.apply(*({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n}} for n in (home, shop)))
    values = {**ON, "namespaceOverride": home, "namespaces": [shop] if request.param == "namespaces" else []}
    yield Installation(helm.objects(values), shop)
    known.server.kubectl("delete", "healthchecks", "--all", f"--namespace={shop}")


_made: list[str] = []


class Disturbed:
    """A connection on which somebody changes a check between our decision and our first write of its status."""

    def __init__(self, connection: Connection, disturb: Callable[[], object]) -> None:
        self._connection = connection
        self._disturb: Callable[[], object] | None = disturb

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def patch(self, path: str, body: bytes, **more: Any) -> bytes:
        disturb, self._disturb = (self._disturb, None) if path.endswith("/status") else (None, self._disturb)
        if disturb:
            disturb()
        return self._connection.patch(path, body, **more)


def test_the_rights_suffice_for_all_that_is_done_and_none_is_idle(
    known: Known, installation: Installation, tmp_path: Path
) -> None:
    with known.installed(installation.objects) as connection:
        _all_that_is_done(known.server, installation, connection, installation.settings(tmp_path))
    asked = list(known.log.asked_by(installation.user))
    assert [one for one in asked if not one.is_allowed] == []
    assert {_right(one) for one in asked} == CHECKS | LEASES


def test_a_right_that_lacks_is_seen_in_the_log_and_in_the_check(
    known: Known, installation: Installation, tmp_path: Path
) -> None:
    lacking = ("argoproj.io", "workflows", "create")
    for role in installation.objects.of("ClusterRole", "Role"):
        for rule in role["rules"]:
            if lacking[0] in rule["apiGroups"]:
                rule["verbs"].remove(lacking[2])
    server, shop = known.server, installation.shop
    with known.installed(installation.objects) as connection, _run(connection, installation.settings(tmp_path)):
        server.apply(check(shop))
        told = wait_for("it failed", partial(says, server, shop, status="Failed"), 60)
    assert "workflows" in told["errorMessage"]
    assert {_right(one) for one in known.log.asked_by(installation.user) if not one.is_allowed} == {lacking}


def test_the_predecessors_kind_will_do(known: Known, installation: Installation, tmp_path: Path) -> None:
    server, shop = known.server, installation.shop
    with known.installed(installation.objects) as connection, _argo(server):
        server.apply(predecessor.definition())
        server.apply(check(shop))
        with _run(connection, installation.settings(tmp_path)):
            wait_for("it succeeded", partial(says, server, shop, status="Succeeded", successCount=1), 60)


def _all_that_is_done(
    server: ApiServer, installation: Installation, connection: Connection, settings: Settings
) -> None:
    """A success, failures that repeat, a run that never ends, and a check that changes while it is decided on."""
    shop = installation.shop
    server.apply(
        check(shop, "good"),
        check(shop, "bad", play="fail", repeatAfterSec=2),
        _hasty(check(shop, "slow", play="hang")),
    )
    disturb = partial(server.kubectl, "annotate", "hc", "--all", f"--namespace={shop}", "by=somebody")
    with _argo(server), _run(cast("Connection", Disturbed(connection, disturb)), settings):
        for name, status in {"good": "Succeeded", "bad": "Failed", "slow": "Failed"}.items():
            wait_for(f"{name}: {status}", partial(says, server, shop, name, status=status), 60)
        wait_for("failures are counted", lambda: max(_counts(server, shop)) > 1, 60)
        wait_for("the run that does not end is deleted", lambda: "slow-" not in _workflows(server, shop), 60)


@contextmanager
def _argo(server: ApiServer) -> Iterator[None]:
    with closing(connect(str(server.kubeconfigs["admin"]))) as admin, Argo(admin):
        yield


def _run(connection: Connection, settings: Settings) -> AbstractContextManager[object]:
    return looked_after(connection, settings.checks_lease, namespaces=settings.namespaces)


def _hasty(made: Object) -> Object:
    made["spec"]["workflow"]["workflowtimeout"] = 1
    return made


def _counts(server: ApiServer, namespace: str) -> list[int]:
    told = json.loads(server.kubectl("get", "events", f"--namespace={namespace}", "--output=json"))
    return [event["count"] for event in told["items"]] or [0]


def _workflows(server: ApiServer, namespace: str) -> str:
    return server.kubectl("get", "wf", f"--namespace={namespace}", "--output=name")


def _right(asked: Asked) -> Right:
    return asked.group, asked.resource, asked.verb
