"""Identities are in every store that there is: they must stay what they were."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.store.identity import identity


@given(st.lists(st.text(st.characters(), max_size=20), max_size=5))
def test_an_identity_is_the_hash_of_the_parts_as_json(parts: list[str]) -> None:
    assert identity(*parts) == hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def test_an_identity_is_what_it_always_was() -> None:
    known = "2f28267431cf10e6d623b089de2b2a293d55299b0dcb90316f4dabeb13bc1e41"
    assert identity("prod", "uid-1", "app", 'quoted "é"') == known
