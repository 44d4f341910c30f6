"""What can go wrong between us and the Kubernetes API, in words for the person who runs it.

No message carries a token, a header or a line of a kubeconfig.
"""


class KubeError(Exception):
    """The Kubernetes API did not give what it was asked for."""


class BadConfig(KubeError):
    """The connection cannot be made as it is configured; trying again does not help until somebody changes that."""


class NoAccount(BadConfig):
    """We run in a pod, and Kubernetes gave this container no account of the cluster."""


class Unreachable(KubeError):
    """There was no answer, or it broke off: no route, refused, TLS failure, reset, cut."""


class Stalled(Unreachable):
    """The other side was silent for longer than the read timeout; the connection may be half-open."""


class Interrupted(KubeError):
    """We were told to stop while a request was under way."""


class TooLarge(KubeError):
    """An answer was longer than we are willing to hold in memory."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the answer is longer than {limit:,} bytes")
        self.limit = limit


class Undecodable(KubeError):
    """An answer as a whole is not the JSON that the API promises."""


class Unauthorized(KubeError):
    """401: the API server does not know us."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} refuses the credentials (401): the token or client certificate is missing, expired or of another "
            "cluster, or the exec plugin of the kubeconfig failed"
        )


class Forbidden(KubeError):
    """403: the API server knows us, and we lack a right.

    `verb` (list, watch, get, ...), `resource` (`pods`, `pods/log`, `leases.coordination.k8s.io`); `namespace` is ''
    where the right is missing for the whole cluster.
    """

    def __init__(self, verb: str, resource: str, namespace: str) -> None:
        where = f"in namespace '{namespace}'" if namespace else "in the whole cluster"
        follows = verb in {"list", "watch"}
        needed = "get, list, watch" if follows else verb
        role = "Role" if namespace else "ClusterRole"
        instead = ", or name the namespaces to observe" if follows and not namespace else ""
        super().__init__(
            f"may not {verb} {resource} {where} (403): grant {needed} on {resource} to the service account or user of "
            f"Kubevigil by a {role}{instead}"
        )
        self.verb = verb
        self.resource = resource
        self.namespace = namespace


class NotFound(KubeError):
    """404: no such object or no such API."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"there is no {path} (404)" + (f": {detail}" if detail else ""))


class Conflict(KubeError):
    """409: the object is not the one, or not of the version, that the change was meant for. Read it and decide anew."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(self._said() + (f": {detail}" if detail else ""))

    def _said(self) -> str:
        return "somebody else changed the object meanwhile (409)"


class AlreadyExists(Conflict):
    """409 to a creation: an object of that name is there."""

    def _said(self) -> str:
        return "an object of that name is there already (409)"


class Gone(KubeError):
    """410: the resourceVersion or continue token is older than what the API server keeps. List anew."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            "the API server no longer keeps that resourceVersion (410)" + (f": {detail}" if detail else "")
        )


class TooManyRequests(KubeError):
    """429: come back not earlier than `retry_after` seconds from now (0 where the server names no time)."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the API server is busy (429): next attempt in {retry_after:g} s at the earliest")
        self.retry_after = retry_after


class Refused(KubeError):
    """Any other status from 300 to 499, and a 403 that no right would mend (a quota, a policy, a namespace that ends).

    `status` is the HTTP status, `detail` the server's own words.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"the API server refuses the request ({status})" + (f": {detail}" if detail else ""))
        self.status = status
        self.detail = detail


class ServerError(KubeError):
    """500 and above. `retry_after` is in seconds, 0 where the server names no time."""

    def __init__(self, status: int, detail: str = "", retry_after: float = 0.0) -> None:
        super().__init__(f"the API server failed ({status})" + (f": {detail}" if detail else ""))
        self.status = status
        self.retry_after = retry_after
