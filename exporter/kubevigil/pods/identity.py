"""What makes a termination one of its kind, whoever saw it, and however often."""

from kubevigil.pods.ledger import Death
from kubevigil.store.journal import identity


def termination_id(cluster: str, pod_uid: str, container: str, death: Death) -> str:
    """The SHA-256 of the identity: the containerID where there is one, else the death's place in its epoch.

    A death that is only now completed keeps the identity under which it was counted.
    """
    if death.end is not None and death.end.container_id and not death.completes:
        return identity(cluster, pod_uid, container, death.end.container_id)
    return identity(cluster, pod_uid, container, str(death.epoch), str(death.ordinal))


def pod_end_id(cluster: str, pod_uid: str, reason: str) -> str:
    """The SHA-256 of the identity of a whole pod's end."""
    return identity(cluster, pod_uid, "", reason)
