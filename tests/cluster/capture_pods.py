"""Pods that print something and die. Each instance names itself, and tells its name as its termination message too."""

import base64
import json
from typing import Final

NAMED: Final = 'u=$(cat /proc/sys/kernel/random/uuid); printf %s "$u" >/dev/termination-log; '
"""The name is the truth: the kubelet reads it from a file of that instance's own, whatever becomes of the log."""

DIE: Final = 'echo "LAST $u"; exit 3'
FILLER: Final = (
    "of the instance that died, and nothing else in this line but what makes it as long as lines are in logs"
)

LOUD: Final = f'{NAMED} yes "$u {FILLER}" | head -c 2097152; echo; {DIE}'
"""2 MiB and the last words, in less than a second."""

QUIET: Final = f'{NAMED} sleep 1; echo "FIRST $u"; {DIE}'
INCOMPRESSIBLE: Final = f"{NAMED} head -c 300000 /dev/urandom | base64; {DIE}"

ODD: Final = {
    "no-newline": f'{NAMED} echo "FIRST $u"; printf "LAST %s" "$u"; exit 3',
    "huge-line": f"{NAMED} head -c 10485760 /dev/zero | tr '\\0' x; {DIE}",
    "binary": f'{NAMED} head -c 300000 /dev/urandom; printf "\\033[31m\\n\\000LAST %s\\n" "$u"; exit 3',
    "large": f'{NAMED} yes "$u {FILLER}" | head -c 12582912; echo; {DIE}',
    "rotated": f'{NAMED} yes "$u" | head -c 12582912; echo; while [ ! -e /tmp/die ]; do sleep 0.1; done; {DIE}',
    "silent": f"{NAMED} exit 3",
}


def pod(name: str, script: str, *, restart: str = "Always") -> str:
    """A manifest. With `restart` Never it dies once, and its log stays until it is deleted."""
    image = "kubevigil.test/busybox:1"
    container = {"name": "app", "image": image, "command": ["sh", "-c", script]}
    spec = {"terminationGracePeriodSeconds": 1, "restartPolicy": restart, "containers": [container]}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})


def saying(text: str) -> str:
    """A script that prints the text, leaves it as its termination message, and dies."""
    encoded = base64.b64encode(text.encode()).decode()
    return f"echo {encoded} | base64 -d | tee /dev/termination-log; exit 3"
