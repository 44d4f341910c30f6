"""The scripts of the ready-made checks: what each takes for a fault, in which words. Needs no Helm and no cluster."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .checks_script import FOLDER, SCRIPTS, TOOLS, Bench, succeeded

NAME = "kubernetes.default.svc.cluster.test"
SEARCHED = "search monitoring.svc.cluster.test svc.cluster.test cluster.test\nnameserver 10.43.0.10\n"
ANSWERED = f"Server:\t\t10.43.0.10\nAddress:\t10.43.0.10:53\n\nName:\t{NAME}\nAddress: "


@pytest.fixture(params=TOOLS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(tmp_path, request.param)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_nothing_that_argo_or_kubernetes_would_replace(script: str) -> None:
    text = (FOLDER / script).read_text(encoding="utf-8")
    assert "{{" not in text, "Argo's"
    assert not re.search(r"\$\([A-Za-z_][A-Za-z0-9_]*\)|\$\$", text), "Kubernetes', in a container's args"


def asked(bench: Bench, answer: str, server: str = "") -> object:
    bench.tool("nslookup", f"cat <<'END'\n{answer}\nEND")
    return bench.run("dns.sh", {"NAME_SERVER": server, "RESOLVER": bench.file("resolv.conf", SEARCHED)})


@pytest.mark.parametrize("server", ["", "169.254.20.10"])
def test_a_name_server_that_gives_the_api_servers_address_is_well(bench: Bench, server: str) -> None:
    assert asked(bench, f"{ANSWERED}10.43.0.1", server) == succeeded()
    assert bench.calls() == [f"nslookup -type=a {NAME} {server}".strip()]


def test_the_name_servers_own_address_is_no_answer(bench: Bench) -> None:
    lines = "Server: 10.43.0.1", "Address: 10.43.0.1", "", f"Name: {NAME}", "Address: 10.43.0.10"
    bench.tool("nslookup", "\n".join(f"echo '{line}'" for line in lines))
    ended = bench.run("dns.sh", {"NAME_SERVER": "", "RESOLVER": bench.file("resolv.conf", SEARCHED)})
    assert ended.code == 1
    assert ended.said.startswith(f"{NAME} is not 10.43.0.1: ")


def test_a_name_server_that_does_not_answer_is_told_in_the_tools_words(bench: Bench) -> None:
    bench.tool("nslookup", "echo ';; connection timed out'; exit 1")
    ended = bench.run("dns.sh", {"NAME_SERVER": "", "RESOLVER": bench.file("resolv.conf", SEARCHED)})
    assert (ended.code, ended.said) == (1, f"{NAME}: ;; connection timed out")


def test_a_pod_that_is_told_no_domain_is_a_fault(bench: Bench) -> None:
    resolver = bench.file("resolv.conf", "nameserver 10.43.0.10\n")
    ended = bench.run("dns.sh", {"NAME_SERVER": "", "RESOLVER": resolver})
    assert ended.said == f"{resolver} has no domain of the cluster to search in"


def test_the_dns_is_restarted_and_its_return_waited_for(bench: Bench) -> None:
    bench.tool("kubectl", "echo told")
    place = {"NAMESPACE": "kube-system", "DEPLOYMENT": "coredns"}
    assert bench.run("cluster-dns-remedy.sh", place) == succeeded()
    restart, status = bench.calls()
    assert restart.endswith("--namespace kube-system rollout restart deployment/coredns")
    assert "rollout status deployment/coredns" in status
    bench.tool("kubectl", "echo 'timed out waiting' >&2; exit 1")
    assert bench.run("cluster-dns-remedy.sh", place).said == "timed out waiting"


STORE = """
case "$*" in
  "create "*) [ -z "$refuses" ] || { echo "no room"; exit 1; }; echo made > "$state" ;;
  *jsonpath*) echo "${gives:-check-1}" ;;
  "delete "*) [ -n "$keeps" ] || rm -f "$state" ;;
  "get "*) [ ! -f "$state" ] || echo configmap/own ;;
esac
"""
API_FAULTS = {
    "it is not made": ({"refuses": "yes"}, "create: no room"),
    "another's content": ({"gives": "check-0"}, "get: check-1 was written, and 'check-0' is read"),
    "it does not go": ({"keeps": "yes"}, "configmap/own is still there after it was deleted"),
}


def test_an_object_is_made_read_and_deleted_and_what_an_earlier_run_left_goes_first(bench: Bench) -> None:
    bench.tool("kubectl", STORE)
    given = {"OBJECT": "own", "state": bench.file("state", "left"), "keeps": "", "refuses": ""}
    assert bench.run("api-objects.sh", given) == succeeded()
    assert [call.split()[1] for call in bench.calls()] == ["delete", "create", "get", "delete", "get"]


@pytest.mark.parametrize("code", [124, 143], ids=["coreutils", "busybox"])
def test_an_api_server_that_does_not_answer_in_time_is_told(bench: Bench, code: int) -> None:
    bench.tool("timeout", f"exit {code}")
    ended = bench.run("api-objects.sh", {"OBJECT": "own"})
    assert (ended.code, ended.said) == (1, "of an earlier run: no answer within 20 s")
    assert bench.calls() == ["timeout 20 kubectl delete configmap own --ignore-not-found --wait=false"]


@pytest.mark.parametrize(("fault", "words"), API_FAULTS.values(), ids=API_FAULTS)
def test_an_api_server_that_does_less_is_told(bench: Bench, fault: dict[str, str], words: str) -> None:
    bench.tool("kubectl", STORE)
    given = {"OBJECT": "own", "state": str(bench.folder / "state"), "keeps": "", "refuses": ""}
    ended = bench.run("api-objects.sh", {**given, **fault})
    assert (ended.code, ended.said) == (1, words)


ACCOUNT = "system:serviceaccount:monitoring:access"
API_SERVER = """
case "$*" in
  *whoami*) printf '%s' "$is" ;;
  *kube-root-ca.crt*) [ "$allows" = yes ] || { echo Forbidden; exit 1; } ;;
  *secrets*) [ "$lax" = yes ] || { echo "Error from server ($refusal): no"; exit 1; } ;;
  *--token=*) [ "$open" = yes ] || { echo "error: $turned_away"; exit 1; } ;;
esac
"""
STRICT = {
    "is": ACCOUNT,
    "allows": "yes",
    "lax": "",
    "open": "",
    "refusal": "Forbidden",
    "turned_away": "You must be logged in to the server",
}
ACCESS_FAULTS = {
    "another's name": ({"is": "admin"}, f"the API server takes {ACCOUNT} for 'admin'"),
    "less than the role": ({"allows": ""}, "what a role allows is refused: Forbidden"),
    "more than the role": ({"lax": "yes"}, f"{ACCOUNT} may list Secrets, and has no role that says so"),
    "it is only broken": (
        {"refusal": "InternalError"},
        "Secrets are not refused for want of a right: Error from server (InternalError): no",
    ),
    "nobody is let in": ({"open": "yes"}, "the API server takes a token that nobody has"),
    "nobody is not refused": (
        {"turned_away": "connection refused"},
        "a token that nobody has is not refused as such: error: connection refused",
    ),
}


def test_an_api_server_that_knows_who_asks_is_well(bench: Bench) -> None:
    bench.tool("kubectl", API_SERVER)
    assert bench.run("access.sh", {**STRICT, "ACCOUNT": ACCOUNT, "CA": "/ca.crt"}) == succeeded()
    stranger = bench.calls()[-1]
    assert "--server=https://10.43.0.1:443 --certificate-authority=/ca.crt --token=" in stranger


@pytest.mark.parametrize(("fault", "words"), ACCESS_FAULTS.values(), ids=ACCESS_FAULTS)
def test_an_api_server_that_allows_too_much_or_too_little_is_told(
    bench: Bench, fault: dict[str, str], words: str
) -> None:
    bench.tool("kubectl", API_SERVER)
    ended = bench.run("access.sh", {**STRICT, "ACCOUNT": ACCOUNT, "CA": "/ca.crt", **fault})
    assert (ended.code, ended.said) == (1, words)


def test_an_address_of_ipv6_is_in_brackets(bench: Bench) -> None:
    bench.tool("kubectl", API_SERVER)
    bench.run("access.sh", {**STRICT, "ACCOUNT": ACCOUNT, "CA": "/ca.crt", "KUBERNETES_SERVICE_HOST": "fd00::1"})
    assert "--server=https://[fd00::1]:443 " in bench.calls()[-1]


TODAY = 1_795_305_600
"""2026-11-22."""


def certificate(end: datetime) -> str:
    """What curl says of one."""
    words = f"* Server certificate:\n*  expire date: {end:%b} {end.day:2} {end:%H:%M:%S} {end.year} GMT\n* done"
    return f"echo '{words}' >&2; exit 22"


def test_a_certificate_that_lasts_is_well_whatever_else_its_server_says(bench: Bench) -> None:
    bench.tool("date", f"echo {TODAY}")
    bench.tool("curl", certificate(datetime(2026, 12, 6, tzinfo=UTC)))
    ended = bench.run("certificates.sh", {"HOSTS": "web.test:8443", "DAYS": "14"})
    assert (ended.code, ended.said) == (0, "")
    assert [call.split()[-1] for call in bench.calls()[1:]] == ["https://10.43.0.1:443/", "https://web.test:8443/"]


def test_one_that_ends_soon_is_told_with_its_host_and_days(bench: Bench) -> None:
    bench.tool("date", f"echo {TODAY}")
    bench.tool("curl", certificate(datetime(2026, 12, 5, 12, tzinfo=UTC)))
    ended = bench.run("certificates.sh", {"HOSTS": "", "DAYS": "14"})
    assert (ended.code, ended.said) == (
        1,
        "the certificate of 10.43.0.1:443 ends in 13 days: Dec  5 12:00:00 2026 GMT",
    )


def test_a_host_without_a_certificate_is_told_in_the_tools_words(bench: Bench) -> None:
    bench.tool("curl", "echo 'curl: (7) Failed to connect' >&2; exit 7")
    ended = bench.run("certificates.sh", {"HOSTS": "", "DAYS": "14"})
    assert (ended.code, ended.said) == (1, "10.43.0.1:443 shows no certificate: curl: (7) Failed to connect")


@settings(max_examples=30)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31)))  # noqa: DTZ001 - Hypothesis wants them without
def test_days_are_counted_as_the_calendar_does(tmp_path_factory: pytest.TempPathFactory, end: datetime) -> None:
    bench = Bench(tmp_path_factory.mktemp("days"))
    bench.tool("date", "echo 0")
    bench.tool("curl", certificate(end.replace(tzinfo=UTC)))
    days = (end - datetime(1970, 1, 1)).days  # noqa: DTZ001 - as above
    assert bench.run("certificates.sh", {"HOSTS": "", "DAYS": f"{days}"}).code == 0
    assert f"ends in {days} days" in bench.run("certificates.sh", {"HOSTS": "", "DAYS": f"{days + 1}"}).said


ADMISSION = """
pod=$(cat)
case $pod in
  *'"privileged": true'*) [ "$lax" = yes ] || { echo "$refusal"; exit 1; } ;;
  *) [ "$strict" != yes ] || { echo 'denied the request: an owner is missing'; exit 1; } ;;
esac
"""
REFUSALS = {
    "Pod Security": 'Error from server (Forbidden): pods "x" is forbidden: violates PodSecurity "restricted:latest"',
    "a webhook": 'admission webhook "validate.kyverno.svc-fail" denied the request: no',
    "a policy of the API server": "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
}
POLICY_FAULTS = {
    "no policy": ({"lax": "yes"}, "a privileged pod is let into guarded"),
    "no right": (
        {"refusal": 'pods is forbidden: User "x" cannot create resource'},
        'a privileged pod is kept out of guarded, and by no policy: pods is forbidden: User "x" cannot create resource',
    ),
    "too much of it": (
        {"strict": "yes"},
        "a harmless pod is kept out of guarded: denied the request: an owner is missing",
    ),
}
GUARDED = {"NAMESPACE": "guarded", "IMAGE": "tools", "lax": "", "strict": "", "refusal": REFUSALS["Pod Security"]}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_policy_that_tells_a_privileged_pod_from_a_harmless_one_is_well(bench: Bench, refusal: str) -> None:
    bench.tool("kubectl", ADMISSION)
    assert bench.run("policy-engine.sh", {**GUARDED, "refusal": refusal}) == succeeded()
    assert all("create --dry-run=server" in call for call in bench.calls())


@pytest.mark.parametrize(("fault", "words"), POLICY_FAULTS.values(), ids=POLICY_FAULTS)
def test_a_policy_that_lets_in_too_much_or_nothing_is_told(bench: Bench, fault: dict[str, str], words: str) -> None:
    bench.tool("kubectl", ADMISSION)
    ended = bench.run("policy-engine.sh", {**GUARDED, **fault})
    assert (ended.code, ended.said) == (1, words)
