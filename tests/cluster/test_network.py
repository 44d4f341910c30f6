"""Services and their names work for pods and for processes beside them, and nothing outside has a name."""

import socket
import urllib.request

import pytest

from .cluster import Kubectl, wait_for

pytestmark = pytest.mark.real

WEB = """
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: app
      image: kubevigil.test/busybox:1
      command: [sh, -c, "mkdir /tmp/www; echo hello >/tmp/www/index.html; exec httpd -f -p 8000 -h /tmp/www"]
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8000}]}
"""


@pytest.fixture
def web(namespace: Kubectl) -> Kubectl:
    namespace.apply(WEB)
    wait_for("a server", lambda: namespace.pod("web")["status"].get("phase") == "Running", 60)
    return namespace


def fetched(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return str(answer.read().decode())
    except OSError:  # its rules are not written yet
        return ""


def test_a_process_beside_the_pods_reaches_a_service_by_its_name(web: Kubectl) -> None:
    wait_for("the page", lambda: fetched(f"http://front.{web.namespace}.svc.cluster.local/") == "hello\n")


def test_a_pod_reaches_its_own_service_by_the_short_name(web: Kubectl) -> None:
    wait_for("the page", lambda: fetched(f"http://front.{web.namespace}.svc.cluster.local/"))
    assert web("exec", "web", "--", "wget", "-q", "-O-", "http://front") == "hello\n"


def test_a_pod_is_told_that_a_name_from_outside_does_not_exist(web: Kubectl) -> None:
    assert "NXDOMAIN" in web("exec", "web", "--", "sh", "-c", "nslookup example.com 2>&1; true")


def test_a_name_from_outside_does_not_exist() -> None:
    with pytest.raises(socket.gaierror) as refused:
        socket.getaddrinfo("example.com", 443)
    assert refused.value.errno == socket.EAI_NONAME
