"""AWS's published test vectors for Signature Version 4, those of them that hold for requests like ours.

From the suite that AWS gives out for those who write signers (`aws-sig-v4-test-suite`, 2015). All have the same keys,
moment, region, service and host; each has a signature for its method, path, headers and body.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ACCESS_KEY: Final = "AKIDEXAMPLE"
SECRET_KEY: Final = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MOMENT: Final = "20150830T123600Z"
REGION: Final = "us-east-1"
SERVICE: Final = "service"
HOST: Final = "example.amazonaws.com"

_TOKEN: Final = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Vector:
    name: str
    method: str
    target: str
    signature: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    token: str = ""

    @property
    def signed_headers(self) -> str:
        names = [*map(str.lower, self.headers), "host", "x-amz-date", *(["x-amz-security-token"] if self.token else [])]
        return ";".join(sorted(names))


VECTORS: Final = (
    Vector("get-vanilla", "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Vector(
        "get-vanilla-query-order-key-case",
        "GET",
        "/?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    Vector(
        "get-vanilla-with-session-token",
        "GET",
        "/",
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
        token=_TOKEN,
    ),
    Vector("post-vanilla", "POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    Vector(
        "post-vanilla-query",
        "POST",
        "/?Param1=value1",
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    ),
    Vector(
        "post-header-key-sort",
        "POST",
        "/",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        headers={"My-Header1": "value1"},
    ),
    Vector(
        "post-x-www-form-urlencoded",
        "POST",
        "/",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        headers={"Content-Type": _FORM},
        body=b"Param1=value1",
    ),
    Vector(
        "post-x-www-form-urlencoded-parameters",
        "POST",
        "/",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
        headers={"Content-Type": f"{_FORM}; charset=utf8"},
        body=b"Param1=value1",
    ),
)
