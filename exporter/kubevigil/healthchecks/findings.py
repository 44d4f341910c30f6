"""What is wrong with a HealthCheck, in words for its author: where, and what to do."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One fault; `path` as in `spec.workflow.resource.namespace`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}"
