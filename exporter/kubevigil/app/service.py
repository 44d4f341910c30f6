"""Runs the exporter as a service: from its settings to the signal that ends it."""

import logging

from kubevigil import __version__
from kubevigil.app import interpreter, logs
from kubevigil.app.settings import Settings
from kubevigil.app.signals import on_stop_signal
from kubevigil.app.web_security import WebConfig
from kubevigil.app.wiring import Exporter
from kubevigil.kube.connection import connect

_log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT (0), or until a thread is beyond help (1).

    Raises BadConfig, StoreError, CannotListen or SettingsError for what keeps it from starting.
    """
    connection = connect(settings.kubeconfig or None, settings.context or None)
    exporter = Exporter(settings, connection)
    interpreter.settle()
    on_stop_signal(exporter.supervisor.ask_to_stop)
    address = exporter.start()
    fields = {
        "version": __version__,
        "address": address,
        "api_server": connection.host,
        "cluster": settings.cluster_name,
    }
    _log.info("started", extra={"fields": fields})
    _tell_capabilities(settings)
    _tell_web(exporter.port.web)
    exporter.supervisor.wait()
    exporter.stop()
    _log.info("stopped", extra={"fields": {"exit_code": exporter.supervisor.exit_code}})
    return exporter.supervisor.exit_code


def _tell_capabilities(settings: Settings) -> None:
    watched = ", ".join(settings.namespaces) or "all namespaces"
    logs.capability("pods", on=True, reason=f"watching {watched}")
    where = str(settings.store) if settings.store else f"SQLite in {settings.data_dir}"
    logs.capability("store", on=True, reason=where)
    reading = settings.capture != "off"
    logs.capability("crash_logs", on=reading, reason="read when a container crashes" if reading else "capture is off")
    sent = bool(settings.elasticsearch_hosts)
    reason = "kept for `kubevigil ship`" if sent else "elasticsearch.hosts is not given"
    logs.capability("outbox", on=sent, reason=reason)
    off = ", ".join(settings.redaction_disabled)
    logs.capability("redaction", on=True, reason=f"but for {off}" if off else "all detectors")


def _tell_web(web: WebConfig) -> None:
    encryption, users = web.security.encryption, web.security.users
    logs.capability("tls", on=encryption is not None, reason="by web.config_file" if encryption else "plain HTTP")
    logs.capability("passwords", on=bool(users), reason=f"{len(users)} users" if users else "none asked for")
    for key, reason in web.caveats:
        _log.warning("web configuration caveat", extra={"fields": {"key": key, "reason": reason}})
