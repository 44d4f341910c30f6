"""What kubernetes-pod-monitor was set to, wherever that stands."""

from kubevigil.moving.predecessor import IMAGE, is_chart, of_chart, of_environment, of_file, together


def test_keys_of_its_file_have_no_case() -> None:
    given = together(of_file({"CLUSTER_NAME": "dev", "Slack.Channel": "x"}))
    assert (given.values["cluster_name"], given.values["slack.channel"]) == ("dev", "x")
    assert given.names == {"cluster_name": "CLUSTER_NAME", "slack.channel": "Slack.Channel"}


def test_what_nobody_gave_is_what_its_image_says() -> None:
    assert together(of_file({})).values == IMAGE
    assert together(of_file({})).names == {}


def test_the_later_source_goes_before_the_earlier() -> None:
    given = together(of_file({"slack.channel": "a", "cluster_name": "dev"}), of_environment({"SLACK_CHANNEL": "b"}))
    assert (given.values["slack.channel"], given.names["slack.channel"]) == ("b", "SLACK_CHANNEL")
    assert given.values["cluster_name"] == "dev"


def test_an_empty_variable_is_none() -> None:
    given = together(of_environment({"CLUSTER_NAME": "", "PATH": "/bin", "MAX_RETRIES": "3"}))
    assert given.values["cluster_name"] == "local-cluster"
    assert given.names == {"max_retries": "MAX_RETRIES"}
    assert given.strange == ()


def test_every_key_has_a_variable() -> None:
    variables = {key.replace(".", "_").upper(): "x" for key in IMAGE}
    assert together(of_environment(variables)).values == dict.fromkeys(IMAGE, "x")


def test_values_of_its_chart_go_before_its_image_and_its_env_before_both() -> None:
    values = {
        "config": {"clusterName": "", "elasticsearch": {"port": 9200, "v7": False}, "slack": {"channel": "a"}},
        "env": [{"name": "SLACK_CHANNEL", "value": "b"}, {"name": "TZ", "value": "x"}, "odd"],
        "nodeSelector": {"disk": "ssd"},
    }
    given = together(of_chart(values))
    assert given.values["cluster_name"] == "local-cluster"
    assert (given.values["elasticsearch.port"], given.values["elasticsearch.v7"]) == ("9200", "false")
    assert (given.values["slack.channel"], given.names["slack.channel"]) == ("b", "env SLACK_CHANNEL")
    assert given.names["elasticsearch.port"] == "config.elasticsearch.port"
    assert given.release == {"nodeSelector": {"disk": "ssd"}}


def test_its_chart_signs_for_aws_and_notifies_unless_told_otherwise() -> None:
    assert together(of_file({})).is_local
    given = together(of_chart({"config": {}}))
    assert (given.is_local, given.values["slack.notify"]) == (False, "true")


def test_names_that_it_ignores_are_kept_to_be_told() -> None:
    given = together(of_file({"slak.token": "t"}), of_chart({"config": {"cluster": "x"}}))
    assert given.strange == ("slak.token", "config.cluster")


def test_a_config_that_is_no_map_says_nothing() -> None:
    assert together(of_chart({"config": ["x"], "env": "y"})).names == {}


def test_its_chart_is_told_from_its_file() -> None:
    assert is_chart({"config": {}})
    assert is_chart({"replicaCount": 1})
    assert not is_chart({"slack": {"token": "x"}, "DEPLOY_ENV": "local"})
