import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.web.negotiation import accepts_gzip


@pytest.mark.parametrize(
    "header",
    [
        "gzip",
        "gzip, deflate, br",
        "deflate;q=0.9,gzip;q=0.001",
        "x-gzip",
        "GZIP ; Q=1.000",
        "*",
        "identity;q=0, *;q=0.5",
        "br;q=1.0,\tgzip;q=0.8",
    ],
)
def test_a_client_that_offers_gzip_gets_it(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "identity",
        "deflate, br",
        "gzip;q=0",
        "gzip;q=0.000",
        "gzip;q=0, *",
        "*;q=0",
        "gzip;q=2",
        "gzip;q=",
        "gzip;q=nan",
        "gzip;q=-1",
        "gzip;level=9",
        "gzipped",
        "not gzip",
    ],
)
def test_a_client_that_does_not_gets_plain_text(header: str) -> None:
    assert not accepts_gzip(header)


@given(st.text())
def test_any_header_gives_an_answer(header: str) -> None:
    assert accepts_gzip(header) in (True, False)


@given(st.text(), st.integers(min_value=0, max_value=1_000))
def test_the_weight_of_a_named_gzip_decides_whatever_stands_before_it(before: str, thousandths: int) -> None:
    weight = f"{thousandths // 1000}.{thousandths % 1000:03}"
    assert accepts_gzip(f"{before},gzip;q={weight}") is (thousandths > 0)


@given(st.lists(st.sampled_from(["br", "deflate", "identity", "zstd", "compress"])))
def test_codings_that_are_not_gzip_never_allow_it(codings: list[str]) -> None:
    assert not accepts_gzip(", ".join(codings))
