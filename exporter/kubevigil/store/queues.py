"""The names of sinks' queues: a file serves one cluster, on a server each cluster's crashes have their own."""

from typing import Final

from sqlalchemy import Connection, Engine

from kubevigil.store.dialects import on_server

_BETWEEN: Final = "@"
"""No sink has it in its name."""


def queue_of(where: Connection | Engine, sink: str, cluster: str) -> str:
    """The queue in which a cluster's crashes wait for a sink: what the column `sink` holds."""
    return f"{sink}{_BETWEEN}{cluster}" if on_server(where) else sink


def sink_of(queue: str) -> str:
    """The sink that a queue is for."""
    return queue.partition(_BETWEEN)[0]
