"""Which output parameters of a workflow are read for metrics.

Those of the workflow itself, where one of them is meant so: that is where a step's parameter with a `globalName` comes.
Otherwise those of its nodes that did something. Of a step that was tried again the last attempt alone is read, and no
node that groups others: it may repeat what they told, and a run counts once. Source: Argo Workflows' API, `NodeStatus`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kubevigil.model.wording import one_line

MEANT: Final = "metrics"
"""The parameter of this name is to have metrics in it; of any other only what is of their form is read."""

_RETRY: Final = "Retry"
_GROUPS: Final = frozenset({"Steps", "StepGroup", "DAG", "TaskGroup", _RETRY})
"""Types of nodes that stand for others."""

_LONGEST_NAME: Final = 63


class Document(NamedTuple):
    """The value of a parameter; `place` names it for people, `meant` whether it can only be metrics."""

    place: str
    text: str
    meant: bool


def documents(outputs: object, nodes: object) -> list[Document]:
    """The parameters to read, each once. What is not of Argo's form is passed by."""
    own = list(_of(outputs))
    return own or [document for node in _workers(nodes) for document in _of(node.get("outputs"))]


def _of(outputs: object) -> Iterator[Document]:
    parameters = outputs.get("parameters") if isinstance(outputs, Mapping) else None
    for parameter in parameters if isinstance(parameters, list) else ():
        value = parameter.get("value") if isinstance(parameter, Mapping) else None
        if not isinstance(value, str):
            continue
        name = parameter.get("name")
        meant = name == MEANT
        if meant or _has_form(value):
            called = one_line(name, _LONGEST_NAME) if isinstance(name, str) else ""
            yield Document(f'output parameter "{called}"', value, meant)


def _has_form(text: str) -> bool:
    """Whether it can be metrics; in any case of letters, as the key is read."""
    return text.lstrip().startswith("{") and '"metrics"' in text.lower()


def _workers(nodes: object) -> list[Mapping[str, Any]]:
    """The nodes that did something, in the order in which they ended."""
    all_ = {id_: node for id_, node in nodes.items() if isinstance(node, Mapping)} if isinstance(nodes, Mapping) else {}
    superseded = {id_ for node in all_.values() if node.get("type") == _RETRY for id_ in _attempts(node, all_)[:-1]}
    kept = [(id_, node) for id_, node in all_.items() if str(node.get("type")) not in _GROUPS and id_ not in superseded]
    return [node for _, node in sorted(kept, key=lambda item: (str(item[1].get("finishedAt")), str(item[0])))]


def _attempts(retry: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The ids of its attempts, the last one last. What hooks started are its children too."""
    children = retry.get("children")
    known = [id_ for id_ in children if isinstance(id_, str) and id_ in nodes] if isinstance(children, list) else []
    return [id_ for id_ in known if not _hooked(nodes[id_])]


def _hooked(node: Mapping[str, Any]) -> bool:
    flag = node.get("nodeFlag")
    return isinstance(flag, Mapping) and flag.get("hooked") is True
