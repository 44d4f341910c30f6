"""Which class a person who saw it happen would give to an end. From the cause, not from what the API shows. Pure."""

from kubevigil.demo.container import Container
from kubevigil.demo.plan import Role
from kubevigil.demo.pod import Pod


def class_of(pod: Pod, container: Container, exit_code: int, reason: str) -> str:
    """The class of an end that the process itself came to: oom, error, exited (should have gone on) or completed."""
    if reason == "OOMKilled":
        return "oom"
    if exit_code != 0:
        return "error"
    role = container.plan.role
    goes_on = role is Role.SIDECAR or (role is Role.APP and pod.plan.restart_policy == "Always")
    return "exited" if goes_on else "completed"


def stopped_class(disruption: str) -> str:
    """The class of an end that somebody asked for; `disruption` is the reason of DisruptionTarget, '' without one."""
    if not disruption:
        return "graceful"
    return "preempted" if disruption == "PreemptionByScheduler" else "evicted"
