"""Pods that die so often, each instance with words of its own, and then no more; what is planned is known before."""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from .capture_pods import DIE, FILLER, NAMED

_IMAGE: Final = "kubevigil.test/busybox:1"
_FIRST: Final = f'{NAMED} echo "FIRST $u"; '
_UNHAPPY: Final = {
    "exits-1": f'{_FIRST} sleep 1; echo "LAST $u"; exit 1',
    # As a child: process 1 is spared its own signal; $$$$ becomes $$ in the kubelet.
    "segfault": f'{_FIRST} echo "LAST $u"; sh -c "kill -SEGV \\$$$$"; exit $?',
    "silent": "exit 1",
    "deleted": f"{_FIRST} {DIE}",
}
_HOSTILE: Final = (
    'as text: \\n{"delete":{"_id":"x"}}\n{"delete":{"_id":"x"}}\n{"index":{}}\r\n{}\n"}}\n{"create":{"_id":"x"}}\n'
)
_UNICODE: Final = "é ü 中文 🦊 \u2028 line separator, and bytes that are none: ".encode() + b"\xff\xfe \xe2\x28\xa1\n"


class Planned(NamedTuple):
    """A pod's manifest, and how often each of its containers dies of itself, with another code than 0."""

    manifest: Mapping[str, Any]
    deaths: Mapping[str, int]


def every_kind() -> list[Planned]:
    """One or more of each kind of end, and of what is awkward in a log."""
    return [
        *(once(name, script) for name, script in _UNHAPPY.items()),
        once("oom", f"{_FIRST} exec tail /dev/zero", resources={"limits": {"memory": "20Mi"}}),
        once("start-error", "", command=["/no/such/program"]),
        once("hostile", f"{_FIRST} {_echoed(_HOSTILE.encode())} {DIE}"),
        once("unicode", f"{_FIRST} {_echoed(_UNICODE)} {DIE}"),
        *(often(f"loop-{number}", {"app": f"{_FIRST} sleep 2; {DIE}"}, 3) for number in range(4)),
        often("loud", {"app": f'{NAMED} yes "$u {FILLER}" | head -c 2097152; echo; sleep 1; {DIE}'}, 3),
        often("two", {"one": f"{_FIRST} sleep 1; {DIE}", "other": f"{_FIRST} sleep 2; {DIE}"}, 2),
        often("init", {"prepare": f"{_FIRST} sleep 1; {DIE}"}, 3, init=True),
    ]


def one_by_one(count: int, seconds: int) -> list[Planned]:
    """So many that die once each, spread over so many seconds, and stay as they are."""
    naps = (seconds * number // count for number in range(count))
    return [once(f"one-{number}", f"{_FIRST} sleep {nap}; {DIE}") for number, nap in enumerate(naps)]


def saying_once(name: str, text: str) -> Planned:
    """It says that between its first and its last words, and dies."""
    return once(name, f"{_FIRST} {_echoed(text.encode())} echo; {DIE}")


def loops(count: int, deaths: int) -> list[Planned]:
    """So many that die so often each."""
    return [often(f"again-{number}", {"app": f"{_FIRST} sleep 1; {DIE}"}, deaths) for number in range(count)]


def once(name: str, script: str, **more: object) -> Planned:
    """It dies once, and its log stays until it is deleted."""
    return Planned(_pod(name, "Never", containers=[_container("app", script) | more]), {"app": 1})


def often(name: str, scripts: Mapping[str, str], deaths: int, *, init: bool = False) -> Planned:
    """Each container dies that often, then ends well. With `init` they are init containers, of one that ends well."""
    counted = {"volumeMounts": [{"name": "count", "mountPath": "/count"}]}
    theirs = [_container(own, _counting(own, deaths) + script) | counted for own, script in scripts.items()]
    groups = {"initContainers": theirs, "containers": [_container("app", "exit 0")]} if init else {"containers": theirs}
    pod = _pod(name, "OnFailure", volumes=[{"name": "count", "emptyDir": {}}], **groups)
    return Planned(pod, dict.fromkeys(scripts, deaths))


def planned_deaths(pods: Iterable[Planned]) -> Counter[str]:
    """How often each `pod/container` will have died."""
    return Counter(
        {f"{pod.manifest['metadata']['name']}/{own}": deaths for pod in pods for own, deaths in pod.deaths.items()}
    )


def manifest(pods: Iterable[Planned]) -> str:
    """All of them, to apply."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod.manifest for pod in pods]})


def _pod(name: str, restart: str, **spec: object) -> dict[str, Any]:
    always = {"terminationGracePeriodSeconds": 1, "restartPolicy": restart}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": always | spec}


def _container(name: str, script: str) -> dict[str, Any]:
    return {"name": name, "image": _IMAGE, "command": ["sh", "-c", script]}


def _counting(name: str, deaths: int) -> str:
    """The volume lives as long as the pod."""
    file = f"/count/{name}"
    return f'n=$(cat {file} 2>/dev/null || echo 0); [ "$n" -ge {deaths} ] && exit 0; echo $((n + 1)) >{file}; '


def _echoed(text: bytes) -> str:
    return f"echo {base64.b64encode(text).decode()} | base64 -d;"
