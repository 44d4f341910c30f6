"""Which instance's log the kubelet serves, and what it says where there is none. Pure.

The rules are a real kubelet's: without `previous` the newest instance that there is, also if it has ended; with it the
instance in `lastState`. A log that the runtime has dropped is answered with HTTP 200 and a sentence as the body.
"""

from kubevigil.demo.container import Container, Ended, Running, Waiting
from kubevigil.demo.logs import LogLine
from kubevigil.demo.plan import PodRef

_PULLING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


class NoLog(Exception):
    """The kubelet refuses (HTTP 400); the text is its message."""


def read_log(ref: PodRef, container: Container, *, previous: bool) -> list[LogLine] | str:
    """The lines of the instance that the question means, or the sentence that stands in for a log that is gone.

    Raises NoLog where no instance fits.
    """
    container_id = _instance(ref, container, previous=previous)
    lines = container.logs.get(container_id)
    return f"unable to retrieve container logs for {container_id}" if lines is None else list(lines)


def _instance(ref: PodRef, container: Container, *, previous: bool) -> str:
    name, last = container.plan.name, container.last
    where = f'container "{name}" in pod "{ref.name}"'
    if previous:
        if last is None or not last.container_id:
            raise NoLog(f'previous terminated container "{name}" in pod "{ref.name}" not found')
        return last.container_id
    state = container.state
    if isinstance(state, Running):
        return container.container_id
    if isinstance(state, Ended) and state.container_id:
        return state.container_id
    if last is not None and last.container_id:
        return last.container_id
    if isinstance(state, Waiting) and last is None:
        raise NoLog(f"{where} is waiting to start: {_PULLING.get(state.reason, state.reason)}")
    raise NoLog(f"{where} is terminated")
