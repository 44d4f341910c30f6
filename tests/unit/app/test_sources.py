from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app import kinds_elasticsearch
from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import KEYS, Settings, shown
from kubevigil.app.sources import CONFIG_VARIABLE, Loaded, SettingsError, load


class Sample(NamedTuple):
    """Three values for one key, all different, none the default, each as it is shown again."""

    flag: str
    environment: str
    file: str


SAMPLES = {
    "kubeconfig": Sample("/a", "/b", "/c"),
    "context": Sample("a", "b", "c"),
    "cluster_name": Sample("a", "b", "c"),
    "namespaces": Sample("a", "b", "c"),
    "ignore_namespaces": Sample("a*", "b*", "c*"),
    "ignore_containers": Sample("a", "b", "c"),
    "listen": Sample(":1", "127.0.0.1:2", "[::1]:3"),
    "web.config_file": Sample("/a", "/b", "/c"),
    "data_dir": Sample("/a", "/b", "/c"),
    "store": Sample("sqlite:////a", "sqlite:////b", "sqlite:////c"),
    "baseline_window": Sample("1m", "2m", "3m"),
    "pods.info": Sample("all", "unwell", "all"),
    "workloads.series_limit": Sample("1", "2", "3"),
    "workloads.retention": Sample("1h", "2h", "3h"),
    "records.retention": Sample("1h", "2h", "3h"),
    "records.limit": Sample("101", "102", "103"),
    "records.log_limit": Sample("1MiB", "2MiB", "3MiB"),
    "capture": Sample("on", "off", "on"),
    "redaction.disabled": Sample("email", "card", "jwt"),
    "redaction.patterns": Sample("a=b+", "b=c+", "c=d+"),
    "elasticsearch.hosts": Sample("http://a:1", "https://b:9200", "https://c:9200/path"),
    "elasticsearch.username": Sample("a", "b", "c"),
    "elasticsearch.password": Sample("a", "b", "c"),
    "elasticsearch.api_key": Sample("a", "b", "c"),
    "elasticsearch.bearer_token": Sample("a", "b", "c"),
    "elasticsearch.aws_region": Sample("eu-west-1", "us-gov-west-1", "cn-north-1"),
    "elasticsearch.aws_service": Sample("aoss", "es", "aoss"),
    "elasticsearch.ca_file": Sample("/a", "/b", "/c"),
    "elasticsearch.index": Sample("a-", "b-", "c-"),
    "elasticsearch.retention": Sample("1d", "2d", "3d"),
    "elasticsearch.replicas": Sample("0", "2", "3"),
    "document.format": Sample("legacy", "ecs", "legacy"),
    "ship.listen": Sample(":1", "127.0.0.1:2", "[::1]:3"),
    "healthchecks": Sample("on", "off", "auto"),
    "checks.url_hosts": Sample("a.test", "*.b.test", "c"),
    "checks.templates_dir": Sample("/a", "/b", "/c"),
    "checks.workflow_namespaces": Sample("a", "b", "c"),
    "checks.service_accounts": Sample("a/b", "*/c", "d/e-*"),
    "checks.rbac": Sample("namespace", "cluster", "off"),
    "checks.instance_id": Sample("a", "B_1", "c.d"),
    "checks.lease": Sample("a", "b/c", "d/e.f"),
    "log_format": Sample("text", "json", "text"),
    "log_level": Sample("debug", "warning", "error"),
}


def loaded(
    flags: Mapping[str, Sequence[str]] | None = None,
    env: Mapping[str, str] | None = None,
    config: Path | None = None,
    *,
    is_terminal: bool = False,
) -> Loaded:
    return load(flags or {}, Surroundings(env or {}, is_terminal), None if config is None else str(config))


def faults(
    flags: Mapping[str, Sequence[str]] | None = None, env: Mapping[str, str] | None = None, config: Path | None = None
) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        loaded(flags, env, config)
    return str(caught.value).split("\n")


def value_and_source(found: Loaded, key: str) -> tuple[str, str]:
    value = shown(found.settings, KEYS[key])
    sources = {chosen.key.name: chosen.source for chosen in found.chosen}
    return ",".join(value) if isinstance(value, list) else str(value), sources[key]


def file_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    return path


def nested(key: str, value: str) -> str:
    group, _, name = key.rpartition(".")
    return yaml.safe_dump({group: {name: value}} if group else {name: value})


def test_every_key_has_a_sample() -> None:
    assert list(SAMPLES) == list(KEYS)


SECRETS = [name for name, key in KEYS.items() if key.kind is kinds_elasticsearch.SECRET]
ALONE = [name for name in KEYS if name not in {*SECRETS, "elasticsearch.username", "elasticsearch.aws_service"}]
"""Those that a flag may give, without another one beside it."""


@pytest.mark.parametrize("key", ALONE)
def test_flag_goes_before_environment_before_file_before_default(key: str, tmp_path: Path) -> None:
    sample, path = SAMPLES[key], file_of(tmp_path, nested(key, SAMPLES[key].file))
    flags, env = {key: [sample.flag]}, {KEYS[key].variable: sample.environment}
    by_flag, by_variable = (
        (sample.flag, f"flag {KEYS[key].flag}"),
        (sample.environment, f"environment {KEYS[key].variable}"),
    )
    line = 2 if "." in key else 1
    assert value_and_source(loaded(flags, env, path), key) == by_flag
    assert value_and_source(loaded(flags, env), key) == by_flag
    assert value_and_source(loaded(flags, None, path), key) == by_flag
    assert value_and_source(loaded(None, env, path), key) == by_variable
    assert value_and_source(loaded(None, env), key) == by_variable
    assert value_and_source(loaded(None, None, path), key) == (sample.file, f"file {path}:{line}")
    assert value_and_source(loaded(), key)[1] == "default"


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_goes_by_environment_before_file_and_never_by_flag_and_is_never_told(key: str, tmp_path: Path) -> None:
    user = {"KUBEVIGIL_ELASTICSEARCH_USERNAME": "ship"} if key.endswith("password") else {}
    path, env = file_of(tmp_path, nested(key, "planted-1")), {KEYS[key].variable: "planted-2"}
    by_file, by_variable = loaded(None, user, path), loaded(None, env | user, path)
    assert value_and_source(by_file, key) == ("***", f"file {path}:2")
    assert value_and_source(by_variable, key) == ("***", f"environment {KEYS[key].variable}")
    assert getattr(by_variable.settings, KEYS[key].field).reveal() == "planted-2"
    (fault,) = faults({key: ["planted-3"]}, user)
    assert "by KUBEVIGIL_" in fault
    assert "planted" not in fault + repr(by_variable)


def test_a_user_without_a_password_and_two_ways_to_sign_in_are_faults() -> None:
    prefix = "KUBEVIGIL_ELASTICSEARCH_"
    (alone,) = faults(None, {f"{prefix}USERNAME": "ship"})
    assert "elasticsearch.password belongs to it" in alone
    (alone,) = faults(None, {f"{prefix}PASSWORD": "p"})
    assert "elasticsearch.username belongs to it" in alone
    both = faults(None, {f"{prefix}{name}": "x" for name in ("USERNAME", "PASSWORD", "API_KEY", "BEARER_TOKEN")})
    assert [line.split(":")[0] for line in both] == ["elasticsearch.api_key", "elasticsearch.bearer_token"]


def test_signing_for_aws_is_instead_of_a_user_and_names_its_region() -> None:
    prefix = "KUBEVIGIL_ELASTICSEARCH_AWS_"
    (alone,) = faults(None, {f"{prefix}SERVICE": "aoss"})
    assert "elasticsearch.aws_region belongs to it" in alone
    (both,) = faults(None, {f"{prefix}REGION": "eu-west-1", "KUBEVIGIL_ELASTICSEARCH_API_KEY": "x"})
    assert "elasticsearch.api_key is given too" in both
    for wrong in ("Ireland", "eu_west_1", "eu-west-1.", "eu-west-1/es"):
        (line,) = faults(None, {f"{prefix}REGION": wrong})
        assert "such as eu-west-1" in line


@pytest.mark.parametrize(
    "host",
    ["ftp://a", "a:9200", "http://", "http://a:99999", "http://a b", "http://a/?x=1", "http://a#x"],
)
def test_what_is_no_url_of_a_node_is_a_fault(host: str) -> None:
    assert "http://HOST:PORT" in faults({"elasticsearch.hosts": [host]})[0]


def test_a_password_in_a_url_is_refused_and_not_told() -> None:
    (line,) = faults({"elasticsearch.hosts": ["https://ship:hunter2@a:9200"]})
    assert "no user or password" in line
    assert "hunter2" not in line


@pytest.mark.parametrize("index", ["", "-a", "_a", ".a", "A", "a b", "a,b", "a*", "a" * 250, "logs-a"])
def test_what_no_index_can_begin_with_is_a_fault(index: str) -> None:
    assert "lower-case letters" in faults({"elasticsearch.index": [index]})[0]


@pytest.mark.parametrize("key", KEYS)
def test_every_default_is_a_value_that_is_allowed(key: str) -> None:
    value = shown(Settings(), KEYS[key])
    raw = tuple(value) if isinstance(value, list) else str(value)
    assert KEYS[key].kind.read(raw) == KEYS[key].default


@pytest.mark.parametrize("key", KEYS)
def test_one_rule_makes_flag_and_variable_of_a_key(key: str) -> None:
    assert KEYS[key].flag == "--" + key.replace(".", "-").replace("_", "-")
    assert KEYS[key].variable == "KUBEVIGIL_" + key.replace(".", "_").upper()


def test_no_two_keys_share_a_flag_or_a_variable() -> None:
    assert len({key.flag for key in KEYS.values()}) == len({key.variable for key in KEYS.values()}) == len(KEYS)


def test_all_faults_are_told_at_once_a_line_each(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        "listen: 80x80\npods:\n  info: al\n\nzebra: 1\nrecords.limit: 5\nrecords: {limit: 200}\n"
        "clustername: x\nnamespaces: [a, B]\nstore: [one, two]\n",
    )
    env = {"KUBEVIGIL_LOG_LEVLE": "debug", "KUBEVIGIL_BASELINE_WINDOW": "8d", "PATH": "/bin"}
    flags = {"log_format": ["xml"], "data_dir": ["/a", "/b"], "cluster_name": ["a\nb\x1b[0m"]}
    assert faults(flags, env, path) == [
        "log_levle: environment KUBEVIGIL_LOG_LEVLE: unknown; did you mean KUBEVIGIL_LOG_LEVEL?",
        f"zebra: file {path}:5: unknown; `kubevigil config show` lists all settings",
        f"clustername: file {path}:8: unknown; did you mean cluster_name?",
        "data_dir: flag --data-dir: given twice, first by flag --data-dir",
        f"records.limit: file {path}:7: given twice, first by file {path}:6",
        (
            'cluster_name: flag --cluster-name = "a\\nb\\u001b[0m": allowed: 1 to 253 printable characters, '
            "no spaces around them"
        ),
        (
            f'namespaces: file {path}:9 = "a, B": allowed: names of namespaces, each lower-case letters, digits and '
            "'-', at most 63; with commas between, or a list"
        ),
        f'listen: file {path}:1 = "80x80": allowed: HOST:PORT, such as :8080, 127.0.0.1:8080 or [::1]:8080',
        (
            f'store: file {path}:10 = "***": allowed: a database\'s URL, such as '
            "sqlite:////data/kubevigil.db, or nothing"
        ),
        (
            'baseline_window: environment KUBEVIGIL_BASELINE_WINDOW = "8d": allowed: a duration such as 90s, 10m, '
            "1h30m or 7d, 0s to 1d"
        ),
        f'pods.info: file {path}:3 = "al": allowed: unwell or all',
        f'records.limit: file {path}:6 = "5": allowed: a whole number, 100 to 10000000',
        'log_format: flag --log-format = "xml": allowed: json or text',
    ]


@given(st.text())
def test_a_fault_is_one_printable_line_whatever_the_value(value: str) -> None:
    lines = faults({"baseline_window": [value + "!"]})
    assert len(lines) == 1
    assert lines[0].isprintable()


@pytest.mark.parametrize(
    ("flags", "env"),
    [
        ({"store": ["postgresql://u:hunter2@host/db"]}, {}),
        ({"store": ["hunter2"]}, {}),
        ({}, {"KUBEVIGIL_STORE": "u:hunter2@host"}),
        ({}, {"KUBEVIGIL_STROE": "postgresql://u:hunter2@host/db"}),
    ],
)
def test_no_fault_tells_a_secret(flags: dict[str, list[str]], env: dict[str, str]) -> None:
    assert "hunter2" not in "".join(faults(flags, env))


@pytest.mark.parametrize(
    "text", ["stroe: hunter2", "store: [hunter2, b]", "store: 'hunter2", "a: b: hunter2", "store: *hunter2"]
)
def test_no_fault_of_a_file_tells_a_secret(text: str, tmp_path: Path) -> None:
    assert "hunter2" not in "".join(faults(config=file_of(tmp_path, text)))


def test_a_password_is_refused_as_a_flag_with_where_it_belongs() -> None:
    (line,) = faults({"store": ["postgresql://u:hunter2@host/db"]})
    assert line.startswith('store: flag --store = "postgresql://u:***@host/db": a secret on a command line')
    assert "KUBEVIGIL_STORE" in line


def test_a_password_from_environment_or_file_is_kept_and_never_printed(tmp_path: Path) -> None:
    url = "postgresql://u:hunter2@host/db"
    for found in (loaded(env={"KUBEVIGIL_STORE": url}), loaded(config=file_of(tmp_path, f"store: {url}"))):
        assert found.settings.store.reveal() == url
        assert "hunter2" not in repr(found.settings)


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    url = "postgresql://u:hunter2@host/db"
    mounted = tmp_path / "url"
    mounted.write_text(f"{url}\n")
    found = loaded(
        env={"KUBEVIGIL_STORE_FILE": str(mounted)}, config=file_of(tmp_path, "store: sqlite:////x/kubevigil.db")
    )
    assert found.settings.store.reveal() == url
    assert value_and_source(found, "store")[1] == f"file {mounted} (environment KUBEVIGIL_STORE_FILE)"
    assert "hunter2" not in repr(found)


def test_a_secret_given_by_value_and_by_file_is_a_fault_that_tells_neither(tmp_path: Path) -> None:
    mounted = tmp_path / "url"
    mounted.write_text("postgresql://u:hunter2@host/db")
    (line,) = faults(env={"KUBEVIGIL_STORE": "postgresql://u:hunter3@host/db", "KUBEVIGIL_STORE_FILE": str(mounted)})
    assert line.endswith("given twice, first by environment KUBEVIGIL_STORE")
    assert "hunter" not in line


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "cannot be read (No such file or directory)"), (b"\xff", "not UTF-8"), (b"a" * 70_000, "larger")],
)
def test_a_secrets_file_that_cannot_be_used_is_a_fault(content: bytes | None, why: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content)
    (line,) = faults(env={"KUBEVIGIL_STORE_FILE": str(tmp_path / "url")})
    assert line.startswith(f"store: file {tmp_path}/url (environment KUBEVIGIL_STORE_FILE): {why}")


def test_only_secrets_are_read_from_files_of_their_own() -> None:
    (line,) = faults(env={"KUBEVIGIL_LISTEN_FILE": "/etc/passwd"})
    assert "KUBEVIGIL_LISTEN_FILE: unknown" in line


def test_variables_that_kubernetes_makes_of_a_service_are_no_faults() -> None:
    env = {
        "KUBEVIGIL_SERVICE_HOST": "10.0.0.1",
        "KUBEVIGIL_SERVICE_PORT": "8080",
        "KUBEVIGIL_SERVICE_PORT_HTTP_METRICS": "8080",
        "KUBEVIGIL_PORT": "tcp://10.0.0.1:8080",
        "KUBEVIGIL_PORT_8080_TCP": "tcp://10.0.0.1:8080",
        "KUBEVIGIL_PORT_8080_TCP_PROTO": "tcp",
        "KUBEVIGIL_PORT_8080_TCP_PORT": "8080",
        "KUBEVIGIL_PORT_8080_TCP_ADDR": "10.0.0.1",
        "KUBEVIGIL_STORE_SERVICE_HOST": "10.0.0.2",
        "KUBEVIGIL_STORE_PORT": "tcp://10.0.0.2:5432",
    }
    assert value_and_source(loaded(env=env), "store") == ("", "default")


def test_a_port_that_a_person_set_is_a_fault_all_the_same() -> None:
    assert faults(env={"KUBEVIGIL_PORT": "8080"}) == [
        "port: environment KUBEVIGIL_PORT: unknown; `kubevigil config show` lists all settings"
    ]


def test_a_flag_gets_past_a_wrong_value_in_the_file(tmp_path: Path) -> None:
    found = loaded({"listen": [":1"]}, config=file_of(tmp_path, "listen: nonsense"))
    assert found.settings.listen == ":1"


def test_the_file_may_be_named_by_the_environment_and_the_flag_goes_before(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("cluster_name: one")
    two.write_text("cluster_name: two")
    assert loaded(env={CONFIG_VARIABLE: str(one)}).settings.cluster_name == "one"
    assert loaded(env={CONFIG_VARIABLE: str(one)}, config=two).settings.cluster_name == "two"


def test_rights_in_the_whole_cluster_with_some_namespaces_are_a_fault() -> None:
    (fault,) = faults({"namespaces": ["shop"], "checks.rbac": ["cluster"]})
    assert fault.startswith('checks.rbac: flag --checks-rbac = "cluster": namespaces names some')


def test_a_namespace_that_is_watched_and_ignored_is_a_fault() -> None:
    assert faults({"namespaces": ["shop,kube-system"]}, {"KUBEVIGIL_IGNORE_NAMESPACES": "kube-*"}) == [
        "namespaces: flag --namespaces = \"kube-system\": ignore_namespaces has 'kube-*'; take it out of one"
    ]


@pytest.mark.parametrize(
    ("env", "directory"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/a"}, "/state/kubevigil"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/a"}, "/home/a/.local/state/kubevigil"),
        ({"HOME": "/home/a"}, "/home/a/.local/state/kubevigil"),
        ({}, "/var/lib/kubevigil"),
    ],
)
def test_the_store_is_kept_where_a_users_state_belongs(env: dict[str, str], directory: str) -> None:
    assert str(loaded(env=env).settings.data_dir) == directory


def test_logs_are_for_people_on_a_terminal_and_for_machines_elsewhere() -> None:
    assert loaded(is_terminal=True).settings.log_format == "text"
    assert loaded(is_terminal=False).settings.log_format == "json"
    assert loaded({"log_format": ["json"]}, is_terminal=True).settings.log_format == "json"


def test_variables_of_the_testbed_are_no_faults() -> None:
    assert loaded(env={"KUBEVIGIL_TESTBED": "1", "KUBEVIGIL_TESTBED_NAME": "two"}).settings.listen == ":8080"


def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason() -> None:
    (line,) = faults({"redaction.patterns": ["ticket=(a"]})
    assert "missing )" in line
    assert "allowed: a list of NAME=PATTERN" in line


@pytest.mark.parametrize(
    ("text", "why"), [("ticket", "has no '='"), ("a=b\na=c", "'a' is given twice"), ("email=x", "built-in")]
)
def test_a_patterns_name_is_its_own(text: str, why: str) -> None:
    (line,) = faults(env={"KUBEVIGIL_REDACTION_PATTERNS": text})
    assert why in line


def test_a_detector_that_there_is_not_is_refused_by_its_name() -> None:
    (line,) = faults({"redaction.disabled": ["email,emial"]})
    assert "there is no detector 'emial'" in line
