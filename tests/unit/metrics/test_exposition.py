import gzip
import math
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.metrics import selfmetrics
from kubevigil.metrics.blocks import BLOCK_SIZE, Blocks
from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.metrics.text import Family, family_text, label_value, sample

A = Family("a_total", "counter", "As.", ("x",))
B = Family("b", "gauge", "Bs.", ())


def published(count: int) -> Exposition:
    blocks = Blocks(2)
    for i in range(count):
        blocks.put(str(i), (f'a_total{{x="{i}"}} {i}\n'.encode(), b"b 1\n" if i == 0 else b""))
    exposition = Exposition((A, B), tail=lambda: b"tail 1\n")
    exposition.publish("", blocks.snapshot())
    return exposition


@given(st.integers(0, 3 * BLOCK_SIZE))
def test_the_gzip_answer_is_the_plain_one_in_a_single_member(count: int) -> None:
    exposition = published(count)
    plain, packed = b"".join(exposition.plain()), b"".join(exposition.gzip())
    assert gzip.decompress(packed) == plain
    one_member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert one_member.decompress(packed) == plain
    assert one_member.eof
    assert one_member.unused_data == b""


def test_curl_and_gzip_read_the_answer(tmp_path: Path) -> None:
    (tmp_path / "body.gz").write_bytes(b"".join(published(1000).gzip()))
    unpacked = subprocess.run(["gzip", "-dc", tmp_path / "body.gz"], check=True, capture_output=True).stdout
    assert unpacked == b"".join(published(1000).plain())


def test_a_family_stands_once_with_the_rows_of_all_scopes() -> None:
    blocks = Blocks(2)
    blocks.put("k", (b'a_total{x="other"} 1\n', b""))
    exposition = published(1)
    exposition.publish("other", blocks.snapshot())
    text = b"".join(exposition.plain()).decode()
    assert text.count("# TYPE a_total counter") == 1
    assert text.index('x="other"') < text.index("# HELP b ")


def test_a_family_without_rows_is_not_there_at_all() -> None:
    assert b"".join(published(0).plain()) == b"tail 1\n"


def test_rows_may_end_with_their_last_text_and_the_others_of_the_block_are_whole() -> None:
    blocks = Blocks(3)
    for key, rows in {"short": (b"a 1\n",), "long": (b"a 2\n", b"", b"c 2\n"), "middle": (b"a 3\n", b"b 3\n")}.items():
        blocks.put(key, rows)
    assert blocks.snapshot() == ((b"a 1\na 2\na 3\n",), (b"b 3\n",), (b"c 2\n",))
    blocks.put("long", (b"a 2\n",))
    assert blocks.snapshot()[2] == ()


def test_a_scrape_that_has_begun_is_not_disturbed_by_what_is_published_meanwhile() -> None:
    exposition = published(10)
    body = exposition.plain()
    first = next(body)
    exposition.publish("", Blocks(2).snapshot())
    assert b'x="9"' in first + b"".join(body)


def test_the_compressed_text_is_made_once_and_the_tail_is_fresh() -> None:
    tails = iter([b"tick 0\n", b"tick 1\n"])
    exposition = Exposition((A, B), tail=lambda: next(tails))
    blocks = Blocks(2)
    blocks.put("k", (b"x 1\n", b""))
    exposition.publish("", blocks.snapshot())
    first, second = exposition.gzip(), exposition.gzip()
    assert first[1] is second[1]
    assert gzip.decompress(b"".join(second)).endswith(b"tick 1\n")


@given(st.lists(st.tuples(st.integers(0, 600), st.one_of(st.none(), st.integers(0, 5))), max_size=300))
def test_blocks_show_what_was_put_last_and_nothing_that_was_removed(steps: list[tuple[int, int | None]]) -> None:
    blocks, truth = Blocks(1), dict[str, bytes]()
    for step, (key, value) in enumerate(steps):
        if value is None:
            blocks.remove(str(key))
            truth.pop(str(key), None)
        else:
            row = f"{key} {value}\n".encode()
            blocks.put(str(key), (row,))
            truth[str(key)] = row
        if step % 50 == 0:
            blocks.snapshot()
    assert sorted(b"".join(blocks.snapshot()[0]).splitlines(keepends=True)) == sorted(truth.values())
    assert not blocks.changed


def test_equal_rows_put_again_change_nothing() -> None:
    blocks = Blocks(1)
    blocks.put("a", (b"1\n",))
    blocks.snapshot()
    blocks.put("a", (b"1\n",))
    assert not blocks.changed


@given(st.text(st.characters(codec=None, categories=None)))
def test_any_label_value_parses_and_means_itself_where_it_can(value: str) -> None:
    text = family_text(A, [((value,), 1)]).decode()
    (family,) = text_string_to_metric_families(text)
    (parsed,) = family.samples
    if value.isprintable():
        assert parsed.labels["x"] == value
    assert text.count("\n") == 3


def test_what_kubernetes_cannot_put_into_a_label_becomes_a_replacement_character() -> None:
    assert label_value('\ud800\x00\r"\\\n') == '\ufffd\ufffd\ufffd\\"\\\\\\n'


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (1.5, "1.5"), (1e18, "1000000000000000000"), (-0.0, "0")])
def test_whole_numbers_are_written_without_a_fraction(value: float, text: str) -> None:
    assert sample("m", "", value) == f"m{{}} {text}\n"
    assert math.isclose(float(text), value)


def test_the_exporter_watches_itself_under_the_names_it_promises() -> None:
    metrics = SelfMetrics(version="1.2.3")
    metrics.count(selfmetrics.RECONNECTS, "pods", "gone")
    metrics.set(selfmetrics.SYNCED, 1, "pods")
    metrics.count(selfmetrics.HTTP_ERRORS)
    text = (selfmetrics.balance_text(7, 4, 1, 2) + metrics.text()).decode()
    assert "kubevigil_observations_superseded_total{} 1\n" in text
    assert 'kubevigil_build_info{version="1.2.3"} 1.0\n' in text
    assert 'kubevigil_watch_reconnects_total{cause="gone",resource="pods"} 1.0\n' in text
    assert "_created" not in text
    names = {f.name for f in text_string_to_metric_families(text)}
    assert {f.name.removesuffix("_total") for f in selfmetrics.FAMILIES} <= {n.removesuffix("_total") for n in names}
