"""What is to be asked of a server, by what it has already. Pure."""

from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from kubevigil.delivery import answers
from kubevigil.delivery.errors import NotUnderstood
from kubevigil.delivery.setup import wanted as bodies
from kubevigil.delivery.setup.comparing import has_all
from kubevigil.delivery.setup.server import Kind, Server
from kubevigil.delivery.setup.wanted import Wanted

_POLICIES: Final = {Kind.ELASTICSEARCH: "/_ilm/policy", Kind.OPENSEARCH: "/_plugins/_ism/policies"}
_PLUGINS: Final = {
    Kind.ELASTICSEARCH: "index lifecycle management, which is part of its basic licence",
    Kind.OPENSEARCH: "the plugin index-management",
}
_OK: Final = 200
_NOT_FOUND: Final = 404


class Answer(Protocol):
    """What a server said."""

    @property
    def status(self) -> int:
        """HTTP's."""

    @property
    def body(self) -> bytes:
        """JSON, as it should be."""


class Change(StrEnum):
    """What a step does. Closed."""

    CREATE = "create"
    UPDATE = "update"
    NONE = "none"
    """It is there already, as it is to be."""
    SKIP = "skip"
    """It is not wanted, or the server cannot do it."""


CHANGES: Final = frozenset({Change.CREATE, Change.UPDATE})


class Step(Struct, frozen=True):
    """One request, `PUT path` with `body`, if `change` is a change; `why` is for the reader."""

    what: str
    change: Change
    path: str
    body: dict[str, Any]
    why: str = ""


def template_path(wanted: Wanted) -> str:
    """Where the index template is."""
    return f"/_index_template/{wanted.name}"


def policy_path(server: Server, wanted: Wanted) -> str:
    """Where the policy is that deletes old indices."""
    return (
        f"/_ilm/policy/{wanted.name}" if server.kind is Kind.ELASTICSEARCH else f"/_plugins/_ism/policies/{wanted.name}"
    )


def steps(server: Server, wanted: Wanted, policy: Answer, template: Answer) -> tuple[Step, ...]:
    """The steps, in order, by what the server says of `policy_path` and `template_path`. Raises NotUnderstood."""
    first = _policy_step(server, wanted, policy)
    is_elasticsearch = server.kind is Kind.ELASTICSEARCH
    has_ilm = is_elasticsearch and first.change is not Change.SKIP
    return first, _template_step(wanted, template, has_ilm=has_ilm)


def _policy_step(server: Server, wanted: Wanted, answer: Answer) -> Step:
    path, what = policy_path(server, wanted), f"policy {wanted.name}"
    is_elasticsearch = server.kind is Kind.ELASTICSEARCH
    body = bodies.ilm_policy(wanted) if is_elasticsearch else bodies.ism_policy(wanted)
    if not wanted.retention_days:
        return Step(what, Change.SKIP, path, {}, "indices are kept for ever, as asked for")
    if answer.status == _OK:
        return _changed_policy(server, wanted, answer, Step(what, Change.UPDATE, path, body))
    if answer.status == _NOT_FOUND and (not is_elasticsearch or _knows_policies(answer)):
        return Step(what, Change.CREATE, path, body)
    return Step(
        what, Change.SKIP, path, {}, f"the server lacks {_PLUGINS[server.kind]}: delete old indices by other means"
    )


def _knows_policies(answer: Answer) -> bool:
    """Without the lifecycle API the path is that of a document, and the same status says that there is none."""
    return answers.error_type(answer.body) == "resource_not_found_exception"


def _changed_policy(server: Server, wanted: Wanted, answer: Answer, update: Step) -> Step:
    found = _decoded(answer)
    theirs = found.get(wanted.name, {}) if server.kind is Kind.ELASTICSEARCH else found
    if has_all(theirs.get("policy"), update.body["policy"]):
        return _unchanged(update)
    if server.kind is Kind.ELASTICSEARCH:
        return update
    # OpenSearch takes the change of a policy only with the version that it changes.
    version = f"if_seq_no={int(found.get('_seq_no', 0))}&if_primary_term={int(found.get('_primary_term', 0))}"
    return msgspec.structs.replace(update, path=f"{update.path}?{version}")


def _template_step(wanted: Wanted, answer: Answer, *, has_ilm: bool) -> Step:
    path, what = template_path(wanted), f"index template {wanted.name}"
    body = bodies.template(wanted, has_ilm=has_ilm)
    if answer.status == _NOT_FOUND:
        return Step(what, Change.CREATE, path, body)
    if answer.status != _OK:
        raise NotUnderstood(f"the server does not know index templates ({answer.status} at {path})")
    update = Step(what, Change.UPDATE, path, body, "from the next index on")
    listed = _decoded(answer).get("index_templates") or [{}]
    return _unchanged(update) if has_all(listed[0].get("index_template"), body) else update


def _unchanged(step: Step) -> Step:
    return msgspec.structs.replace(step, change=Change.NONE, why="it is there, as it is to be")


def _decoded(answer: Answer) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotUnderstood("what the server has cannot be read: is it Elasticsearch or OpenSearch?") from error
