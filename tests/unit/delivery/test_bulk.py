"""Bodies of bulk requests: nothing that was printed becomes an action, and none is larger than it may be."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.delivery.bulk import Item, batches_of, body_of, item_of
from tests.unit.delivery.memory import actions_in

INJECTIONS = ['\n{"delete":{"_index":"x","_id":"1"}}\n', "\r\n", "\u2028\u2029\x85", '"}\n{"index":{}}\n{}', "\\", "\0"]
_texts = st.lists(st.sampled_from(INJECTIONS) | st.text(st.characters(), max_size=30), max_size=6).map("".join)


@settings(max_examples=300)
@given(st.lists(_texts, min_size=1, max_size=10))
def test_as_many_documents_go_out_as_come_in_whatever_they_say(texts: list[str]) -> None:
    items = [item_of(f"id{n}", "x-2026.01.01", {"message": text, text: [text]}) for n, text in enumerate(texts)]
    body = body_of(items)
    assert body.isascii()
    assert body.count(b"\n") == 2 * len(items)
    actions = actions_in(body)
    assert [action for action, _ in actions] == [{"_index": "x-2026.01.01", "_id": f"id{n}"} for n in range(len(items))]


def test_an_id_cannot_end_its_line_either() -> None:
    [(action, _)] = actions_in(item_of('a"}\n', "i", {}).lines)
    assert action == {"_index": "i", "_id": 'a"}\n'}


def test_halves_of_characters_are_replaced_and_pairs_are_kept() -> None:
    [(_, document)] = actions_in(item_of("a", "i", {"x": ["\ud83d\ude00 \ud83d \ude00", {"y": "\udfff"}]}).lines)
    assert document == {"x": ["\U0001f600 \ufffd \ufffd", {"y": "\ufffd"}]}


@given(
    st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from([r"\ud83d", "\\\\ud", "\ud83d\ude00"])
)
def test_a_text_arrives_as_it_is_but_for_halves_of_characters(text: str) -> None:
    [(_, document)] = actions_in(item_of("a", "i", {"x": text}).lines)
    assert document == {"x": text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")}


def _item(number: int, size: int) -> Item:
    return Item(f"id{number}", b"x" * size)


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 60), st.integers(1, 10))
def test_batches_keep_the_order_the_limits_and_everything(sizes: list[int], most_bytes: int, most_items: int) -> None:
    items = [_item(number, size) for number, size in enumerate(sizes)]
    batches = list(batches_of(items, most_bytes=most_bytes, most_items=most_items))
    assert [item for batch in batches for item in batch] == items
    for batch in batches:
        assert 1 <= len(batch) <= most_items
        assert len(batch) == 1 or len(body_of(batch)) <= most_bytes


@given(st.lists(st.integers(1, 50), min_size=2, max_size=40), st.integers(1, 60))
def test_a_batch_ends_only_where_the_next_document_would_be_too_much(sizes: list[int], most_bytes: int) -> None:
    batches = list(batches_of([_item(n, size) for n, size in enumerate(sizes)], most_bytes=most_bytes))
    for batch, following in pairwise(batches):
        assert len(body_of(batch)) + len(following[0].lines) > most_bytes
