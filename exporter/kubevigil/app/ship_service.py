"""Runs the log sidecar: as a service until a signal ends it, or once, until the outbox is empty."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import Final

from kubevigil import __version__
from kubevigil.app import logs
from kubevigil.app.crash_archive import store_words
from kubevigil.app.elasticsearch_setup import require_hosts
from kubevigil.app.settings import Settings
from kubevigil.app.sidecar import Sidecar
from kubevigil.app.signals import StopRequest, on_stop_signal
from kubevigil.app.sink_credentials import credentials_of
from kubevigil.delivery.outbox import Balance

_log = logging.getLogger(__name__)

Reread = Callable[[], Settings]

_LAST_ANSWER_SECONDS: Final = 7.0
"""How long the end of a drain waits for a server's answer; Kubernetes kills 30 s after the signal."""


def serve(settings: Settings, reread: Reread) -> int:
    """Serves until SIGTERM or SIGINT (0), or until a thread is beyond help (1).

    Raises SettingsError, and what `Sidecar` raises, for what keeps it from starting.
    """
    require_hosts(settings)
    sidecar = Sidecar(settings, reread)
    on_stop_signal(sidecar.supervisor.ask_to_stop)
    address = sidecar.start()
    _log.info("started", extra={"fields": {"version": __version__, "address": address}})
    _tell(settings)
    sidecar.supervisor.wait()
    sidecar.stop()
    _log.info("stopped", extra={"fields": {"exit_code": sidecar.supervisor.exit_code}})
    return sidecar.supervisor.exit_code


def drain(settings: Settings, reread: Reread) -> Balance:
    """Sends what waits until nothing does, nothing gets through any more, or a signal comes; how it stands then.

    Raises as `serve`, and StoreError.
    """
    require_hosts(settings)
    sidecar = Sidecar(settings, reread)
    stop, ended = Event(), StopRequest()
    on_stop_signal(ended.ask)
    _tell(settings)
    balance = _in_thread(lambda: sidecar.drain(stop))
    balance.add_done_callback(lambda _: ended.ask())
    ended.wait()
    stop.set()
    try:
        return balance.result(_LAST_ANSWER_SECONDS)
    except TimeoutError:  # a server that does not answer: what was sent to it may be sent again, harmlessly
        return sidecar.balance()


def _in_thread(work: Callable[[], Balance]) -> "Future[Balance]":
    """What comes of it. No executor's thread, since the process would wait for the end of that."""
    future: Future[Balance] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  whoever asks for the result raises it
            future.set_exception(error)

    Thread(target=run, name="drain", daemon=True).start()
    return future


def _tell(settings: Settings) -> None:
    hosts = settings.elasticsearch_hosts
    where = f"{', '.join(hosts)}, indices {settings.elasticsearch_index}YYYY.MM.DD, {settings.document_format}"
    logs.capability("store", on=True, reason=f"shared with the exporter: {store_words(settings)}")
    logs.capability("elasticsearch", on=True, reason=where)
    kind = credentials_of(settings).kind
    logs.capability("credentials", on=kind != "none", reason=kind)
    open_hosts = [host for host in hosts if host.startswith("http://")]
    if open_hosts and kind != "none":
        told = {"hosts": ", ".join(open_hosts), "reason": "credentials and logs go there unencrypted; use https"}
        _log.warning("connection not encrypted", extra={"fields": told})
