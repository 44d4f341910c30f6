"""What checks told is a text that Prometheus reads."""

from prometheus_client.parser import text_string_to_metric_families

from kubevigil.healthchecks.custom_families import FAMILIES, CustomPortrait, render
from kubevigil.healthchecks.custom_series import Series

GAUGE = Series("shop_price", "gauge", 'A "price".', 1, -2.5)
COUNTER = Series("shop_orders", "counter", "Orders.", 1, 7.0)
HISTOGRAM = Series("shop_seconds", "histogram", "Seconds.", 1, 9.25, (0.1, 1.0, 1234567.5), (1, 0, 2, 1))
SHOP = CustomPortrait("eu", "shop", (GAUGE, COUNTER, HISTOGRAM), 3)


def test_the_three_types_are_written_with_both_labels() -> None:
    assert render([SHOP]).decode().split("refused_total", 3)[-1].partition("\n")[2] == (
        "# HELP shop_orders Orders.\n"
        "# TYPE shop_orders counter\n"
        'shop_orders{namespace="eu",healthcheck_name="shop"} 7\n'
        '# HELP shop_price A "price".\n'
        "# TYPE shop_price gauge\n"
        'shop_price{namespace="eu",healthcheck_name="shop"} -2.5\n'
        "# HELP shop_seconds Seconds.\n"
        "# TYPE shop_seconds histogram\n"
        'shop_seconds_bucket{namespace="eu",healthcheck_name="shop",le="0.1"} 1\n'
        'shop_seconds_bucket{namespace="eu",healthcheck_name="shop",le="1"} 1\n'
        'shop_seconds_bucket{namespace="eu",healthcheck_name="shop",le="1234567.5"} 3\n'
        'shop_seconds_bucket{namespace="eu",healthcheck_name="shop",le="+Inf"} 4\n'
        'shop_seconds_sum{namespace="eu",healthcheck_name="shop"} 9.25\n'
        'shop_seconds_count{namespace="eu",healthcheck_name="shop"} 4\n'
    )


def test_checks_of_one_name_are_one_family_and_differ_by_their_namespace() -> None:
    text = render([SHOP, SHOP._replace(namespace="us")]).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert text.count("# TYPE shop_price ") == 1
    assert [sample.labels["namespace"] for sample in families["shop_price"].samples] == ["eu", "us"]


def test_how_many_there_are_and_how_many_were_refused_is_shown_with_every_label_declared() -> None:
    shown = {family.name: family for family in text_string_to_metric_families(render([SHOP]).decode())}
    for family, value in zip(FAMILIES, (3, 3), strict=True):
        read = shown[family.name.removesuffix("_total")]
        assert (read.type, [sample.value for sample in read.samples]) == (family.kind, [value])
        assert read.samples[0].labels == {"namespace": "eu", "healthcheck": "shop"}


def test_without_checks_there_is_nothing() -> None:
    assert render([]) == b""
