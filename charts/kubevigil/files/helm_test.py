# noqa: INP001  it is no module: the chart gives its text to a pod
"""What `helm test` runs: asks Kubevigil through its Service, in the way in which the ServiceMonitor has Prometheus ask.

Of each URL `/readyz` must say that it is ready, and `/metrics` must have our series. The folder of credentials may hold
ca.crt, tls.crt, tls.key, username, password: what is there is used. Ends with 0, or with 1 and a line for each fault.
"""

import argparse
import base64
import json
import socket
import ssl
import sys
import time
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

PAUSE = 2.0
ANSWER_SECONDS = 10.0
SERIES = b"kubevigil_build_info{"


class Fault(Exception):
    """What is wrong, for people."""


class Refusal(Fault):
    """What time does not mend."""


def arguments() -> argparse.Namespace:
    """What the pod says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("urls", nargs="+")
    parser.add_argument("--credentials", type=Path, default=Path("/nowhere"))
    parser.add_argument("--server-name", default="")
    parser.add_argument("--unverified", action="store_true")
    parser.add_argument("--seconds", type=float, default=60.0)
    return parser.parse_args()


def held(asked: argparse.Namespace, name: str) -> str:
    """The path of a file of the credentials; empty where it is not there."""
    path = asked.credentials / name
    return str(path) if path.is_file() else ""


def encryption(asked: argparse.Namespace) -> ssl.SSLContext:
    """As `serviceMonitor.tlsConfig` says."""
    context = ssl.create_default_context(cafile=held(asked, "ca.crt") or None)
    if asked.unverified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if held(asked, "tls.crt"):
        context.load_cert_chain(held(asked, "tls.crt"), held(asked, "tls.key") or None)
    return context


def sign_in(asked: argparse.Namespace) -> dict[str, str]:
    """The header by which `serviceMonitor.basicAuth` signs in."""
    if not held(asked, "username"):
        return {}
    name, password = (Path(held(asked, key) or "/dev/null").read_bytes() for key in ("username", "password"))
    return {"Authorization": "Basic " + base64.b64encode(name + b":" + password).decode()}


def answer(asked: argparse.Namespace, url: str, path: str) -> tuple[int, bytes]:
    """Status and body. Raises OSError and HTTPException."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    secure = parts.scheme == "https"
    plain = socket.create_connection((host, port), ANSWER_SECONDS)
    with closing(HTTPSConnection(host, port) if secure else HTTPConnection(host, port)) as connection:
        connection.sock = plain
        if secure:  # by hand, since the name to verify may be another than the one to connect to
            connection.sock = encryption(asked).wrap_socket(plain, server_hostname=asked.server_name or host)
        connection.request("GET", path, headers=sign_in(asked))
        response = connection.getresponse()
        return response.status, response.read()


def page(asked: argparse.Namespace, url: str, path: str) -> tuple[int, bytes]:
    """The same. Raises Refusal, and Fault for what is no answer of ours."""
    try:
        status, body = answer(asked, url, path)
    except ssl.SSLError as error:
        raise Refusal(
            f"{url}: TLS failed, which serviceMonitor.tlsConfig verifies here as in Prometheus: {error}"
        ) from error
    except (OSError, HTTPException) as error:
        raise Fault(f"{url}: no answer: {type(error).__name__}: {error}") from error
    if status == HTTPStatus.UNAUTHORIZED:
        raise Refusal(f"{url}{path}: 401, it wants a password: give Prometheus' as serviceMonitor.basicAuth")
    return status, body


def look(asked: argparse.Namespace, url: str) -> str:
    """What was found. Raises Fault."""
    status, body = page(asked, url, "/readyz")
    try:
        checks = json.loads(body)["checks"]
        lacking = [f"{check['name']} {check['detail']}".strip() for check in checks if not check["ok"]]
    except (ValueError, LookupError, TypeError) as error:
        raise Fault(f"{url}/readyz: {status}, and not Kubevigil's answer: {body[:200]!r}") from error
    if status != HTTPStatus.OK:
        raise Fault(f"{url}/readyz: not ready: {', '.join(lacking)}")
    status, body = page(asked, url, "/metrics")
    if status != HTTPStatus.OK or SERIES not in body:
        raise Fault(f"{url}/metrics: {status}, without our series: {body[:200]!r}")
    series = sum(not line.startswith(b"#") for line in body.splitlines())
    return f"{url}: ready, {series} series"


def judged(asked: argparse.Namespace, url: str, deadline: float) -> str:
    """What was found at last: an exporter that has just been installed gets until the deadline. Raises Fault."""
    while True:
        try:
            return look(asked, url)
        except Refusal:
            raise
        except Fault:
            if time.monotonic() + PAUSE > deadline:
                raise
        time.sleep(PAUSE)


def main() -> int:
    """Judges each URL, and says what of it."""
    asked = arguments()
    deadline = time.monotonic() + asked.seconds
    failed = 0
    for url in asked.urls:
        try:
            sys.stdout.write(f"ok: {judged(asked, url, deadline)}\n")
        except Fault as fault:
            sys.stdout.write(f"failed: {fault}\n")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
