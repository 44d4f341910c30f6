"""Each setting of kubernetes-pod-monitor is taken, changed or left, and told."""

import pytest

from kubevigil.moving.predecessor import IMAGE, of_chart, of_environment, of_file, together
from kubevigil.moving.remarks import Remark, Verdict
from kubevigil.moving.translation import Plan, plan, steps
from kubevigil.moving.translation_slack import channel_of

SECRETS = {"slack.token": "xoxb-t0ken", "sql.password": "hunter2"}


def planned(**entries: str) -> Plan:
    """Of an application.yml; `__` in a name stands for a dot."""
    return plan(steps(together(of_file({name.replace("__", "."): text for name, text in entries.items()}))))


def remark(made: Plan, theirs: str) -> Remark:
    (found,) = [remark for remark in made.remarks if theirs in remark.theirs.split(", ")]
    return found


@pytest.mark.parametrize("key", IMAGE)
def test_nothing_that_was_given_is_passed_over(key: str) -> None:
    made = plan(steps(together(of_file({key: "something"}))))
    assert [one for one in made.remarks if key in one.theirs.split(", ")], made.remarks


def test_no_secret_is_in_what_is_printed() -> None:
    made = plan(steps(together(of_file(SECRETS))))
    told = repr(made)
    assert not [secret for secret in SECRETS.values() if secret in told]


def test_its_servers_address_is_one_url() -> None:
    made = planned(elasticsearch__url="http://es", elasticsearch__port="9200")
    assert made.settings["elasticsearch"]["hosts"] == ["http://es:9200"]
    assert made.values["config"]["elasticsearch"]["hosts"] == ["http://es:9200"]
    assert made.settings["document"] == {"format": "legacy"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://es", "https://es:443"),
        ("https://es/", "https://es:443"),
        ("es", "https://es:443"),
        ("https://es:9243", "https://es:9243"),
        ("https://[::1]", "https://[::1]:443"),
        ("https://[::1]:92", "https://[::1]:92"),
        ("https://proxy/es", "https://proxy:443/es"),
    ],
)
def test_the_port_is_that_of_its_own_key_unless_the_url_has_one(url: str, host: str) -> None:
    assert planned(elasticsearch__url=url).settings["elasticsearch"]["hosts"] == [host]


def test_with_a_kubeconfig_that_is_named_outside_of_the_chart() -> None:
    made = planned(CLUSTER_NAME="minikube", DEPLOY_ENV="local")
    assert made.settings == {"cluster_name": "minikube", "kubeconfig": "config/minikube.yml"}
    assert made.values == {"config": {"cluster_name": "minikube"}}


def test_the_name_that_its_rows_have_is_told_where_nobody_gave_one() -> None:
    made = plan(steps(together(of_chart({"config": {}}))))
    assert made.settings["cluster_name"] == "local-cluster"
    assert "its own default" in remark(made, "CLUSTER_NAME").why


@pytest.mark.parametrize(("level", "ours"), [("DEBUG", "debug"), ("INFO", "info"), ("WARN", "error"), ("", "error")])
def test_a_level_that_it_does_not_know_is_error_as_it_was_there(level: str, ours: str) -> None:
    assert planned(log__level=level).settings["log_level"] == ours


def test_requests_are_signed_for_aws_where_it_signed_them() -> None:
    theirs = {"config": {"aws": {"region": "eu-west-1"}, "elasticsearch": {"url": "https://x"}}}
    made = plan(steps(together(of_chart(theirs))))
    assert remark(made, "config.aws.region").verdict is Verdict.TAKEN
    assert made.settings["elasticsearch"]["aws_region"] == "eu-west-1"
    assert made.values["config"]["elasticsearch"]["aws_region"] == "eu-west-1"
    local = planned(aws__region="x", elasticsearch__url="http://x")
    assert "not used" in remark(local, "aws.region").why
    assert "aws_region" not in local.settings["elasticsearch"]


def test_a_signature_whose_region_nobody_gave_is_told() -> None:
    made = plan(steps(together(of_chart({"config": {"elasticsearch": {"url": "https://x"}}}))))
    assert "elasticsearch.aws_region" in remark(made, "the signature for AWS").why
    assert "aws_region" not in made.settings["elasticsearch"]


def test_an_old_server_is_told_to_be_upgraded() -> None:
    assert "upgrade yours first" in remark(planned(elasticsearch__v7="false"), "elasticsearch.v7").why
    assert "upgrade" not in remark(planned(elasticsearch__v7="true"), "elasticsearch.v7").why


def test_slack_is_alertmanagers_with_a_bot() -> None:
    made = planned(slack__notify="true", slack__token="t", slack__channel="crashes")
    assert made.values["slack"] == {
        "mode": "cluster",
        "tokenType": "bot",
        "secret": {"name": "kubevigil-slack", "key": "token"},
        "channel": "#crashes",
    }


def test_slack_that_was_off_stays_off() -> None:
    assert planned(slack__notify="false").values["slack"]["secret"]["name"] == ""
    assert "slack" not in planned().values


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("pod-crash-alerts", "#pod-crash-alerts"),
        ("#a", "#a"),
        ("@me", "@me"),
        ("C01ABCDEF23", "C01ABCDEF23"),
        ("CRASHES", "#CRASHES"),
        (" a ", "#a"),
        ("", None),
        ("#", None),
        ("two words", None),
        ("{{ .x }}", None),
        ("a" * 82, None),
    ],
)
def test_a_channel_is_an_id_or_a_name_with_its_sign(text: str, channel: str | None) -> None:
    assert channel_of(text) == channel


def test_the_chart_s_places_are_taken_and_its_sizes_left() -> None:
    release = {"nodeSelector": {"a": "b"}, "tolerations": [], "resources": {"limits": {}}, "odd": 1, "replicaCount": 2}
    made = plan(steps(together(of_chart({"config": {}, **release}))))
    assert made.values["nodeSelector"] == {"a": "b"}
    assert {"tolerations", "resources", "odd"}.isdisjoint(made.values)
    assert remark(made, "resources").verdict is Verdict.LEFT
    assert "not know it" in remark(made, "odd").why


def test_the_command_that_reads_its_database_is_told() -> None:
    made = planned(sql__host="db", sql__username="u")
    assert "--mysql mysql://u@db:3306/kubernetes_pod_monitor" in remark(made, "sql.host").why


def test_a_variable_is_told_by_its_own_name() -> None:
    made = plan(steps(together(of_environment({"CHECK_INTERVAL": "5"}))))
    assert remark(made, "CHECK_INTERVAL").verdict is Verdict.LEFT


def test_a_remark_is_one_line_whatever_the_names_hold() -> None:
    line = Remark(Verdict.LEFT, "a\n\x1b[2J", "", "b\u2028c").line()
    assert line.isprintable()
    assert line.startswith("left    a")
