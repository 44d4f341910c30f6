import gzip
import json

import pytest

from kubevigil.app.routes import Check, routes
from kubevigil.metrics.blocks import Blocks
from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.text import CONTENT_TYPE, Family
from kubevigil.web.exchange import Request, Response


def ask(path: str, *checks: Check, **headers: str) -> Response:
    blocks = Blocks(1)
    blocks.put("k", (b"a_total 1\n",))
    exposition = Exposition((Family("a_total", "counter", "As.", ()),), tail=lambda: b"tail 1\n")
    exposition.publish("", blocks.snapshot())
    found = routes(exposition, version="1.2.3", ready=lambda: checks, healthy=lambda: checks)
    return found[path](Request("GET", path, "", headers))


def test_metrics_are_text_and_gzip_for_whoever_takes_it() -> None:
    plain = ask("/metrics")
    packed = ask("/metrics", **{"accept-encoding": "gzip"})
    assert ("Content-Type", CONTENT_TYPE) in plain.headers
    assert ("Content-Encoding", "gzip") in packed.headers
    assert gzip.decompress(b"".join(packed.body)) == b"".join(plain.body)


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_one_check_that_fails_makes_it_a_503_that_says_which(path: str) -> None:
    answer = ask(path, Check("pods", True, "1 watched"), Check("store", False, "disk full"))
    assert answer.status == 503
    assert json.loads(b"".join(answer.body)) == {
        "ready": False,
        "checks": [
            {"name": "pods", "ok": True, "detail": "1 watched"},
            {"name": "store", "ok": False, "detail": "disk full"},
        ],
    }
    assert ask(path, Check("pods", True, "")).status == 200


def test_the_start_page_links_to_the_others() -> None:
    text = b"".join(ask("/").body).decode()
    assert all(f'href="{path}"' in text for path in ("/metrics", "/readyz", "/healthz"))
    assert "1.2.3" in text
