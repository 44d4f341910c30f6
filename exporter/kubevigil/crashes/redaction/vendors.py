"""Tokens that say by their shape whose they are: most vendors give them a prefix for that purpose. Pure.

Shapes are the vendors' own, as their documentation tells them. Each pattern begins with letters that must be there,
which the search for it skips to; what may not stand before them is asked afterwards. That, and repeats that give
nothing back, keep the time linear.
"""

import re
from collections.abc import Iterator
from typing import Final

from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.scanning import any_of, end_of_line, proposed, whole

_W = r"[A-Za-z0-9_-]"


def _starting(prefix: str, rest: str) -> str:
    r"""A pattern for `prefix` where no word goes on, then `rest`. Escapes (`\\n`, `%22`) before it are no word."""
    return rf"{prefix}(?:(?<![A-Za-z0-9]{prefix})|(?<=\\[nrt]{prefix})|(?<=%[0-9A-F][0-9A-F]{prefix})){rest}"


SHAPES: Final[dict[str, dict[str, str]]] = {
    "aws": {prefix: _starting(prefix, r"[A-Z2-7]{16}(?![A-Za-z0-9])") for prefix in ("AKIA", "ASIA", "ABIA", "ACCA")},
    "google": {
        "AIza": rf"AIza{_W}{{35}}",
        "ya29.": rf"ya29\.{_W}{{20,}}+",
        "GOCSPX-": rf"GOCSPX-{_W}{{20,}}+",
        "1//0": rf"1//0{_W}{{30,}}+",
    },
    "azure": {
        "8Q~": r"8Q~(?<=[\w.~-]{3}8Q~)(?P<secret>[\w.~-]{31,34}+)",
        "AccountKey=": r"AccountKey=(?P<secret>[A-Za-z0-9+/%]{40,}+={0,2})",
    },
    "github": {
        **{prefix: rf"{prefix}[A-Za-z0-9]{{36,}}+" for prefix in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")},
        "github_pat_": r"github_pat_\w{22,}+",
    },
    "gitlab": {
        prefix: rf"{prefix}{_W}{{20,}}+"
        for prefix in (
            "glpat-",
            "gldt-",
            "glrt-",
            "glptt-",
            "glcbt-",
            "glft-",
            "glsoat-",
            "glimt-",
            "glagent-",
            "gloas-",
        )
    },
    "slack": {
        "xox": r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}+",
        "xapp-": r"xapp-\d-[A-Za-z0-9-]{10,}+",
        "hooks.slack.com/": r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/+-]{20,}+)",
    },
    "stripe": {
        "_live_": r"_live_(?<=[rs]k_live_)[A-Za-z0-9]{16,}+",
        "_test_": r"_test_(?<=[rs]k_test_)[A-Za-z0-9]{16,}+",
        "whsec_": r"whsec_[A-Za-z0-9+/=]{24,}+",
    },
    "npm": {"npm_": r"npm_[A-Za-z0-9]{36,}+"},
    "pypi": {"pypi-": rf"pypi-AgE{_W}{{40,}}+"},
    "llm": {
        "sk-": _starting("sk-", rf"(?:proj-|ant-|or-|svcacct-|admin-){_W}{{20,}}+"),
        "sk-\0": _starting("sk-", r"(?=[a-z]{0,30}[A-Z0-9])[A-Za-z0-9]{32,}+"),
        "hf_": r"hf_[A-Za-z]{34,}+",
        "gsk_": r"gsk_[A-Za-z0-9]{40,}+",
    },
    "sendgrid": {"SG.": rf"SG\.{_W}{{20,24}}+\.{_W}{{39,}}+"},
    "twilio": {
        "SK": _starting("SK", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
        "AC": _starting("AC", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    },
    "telegram": {":AA": rf":AA(?<=\d{{8}}:AA)(?P<secret>{_W}{{33}})(?!{_W})"},
    "discord": {"/api/webhooks/": rf"/api/webhooks/\d{{15,22}}+/(?P<secret>{_W}{{30,}}+)"},
    "vault": {prefix: rf"{prefix}\.{_W}{{20,}}+" for prefix in ("hvs", "hvb", "hvr")},
    "databricks": {"dapi": _starting("dapi", r"[0-9a-f]{32}(?:-\d)?+")},
    "digitalocean": {prefix: rf"{prefix}[0-9a-f]{{64}}" for prefix in ("dop_v1_", "doo_v1_", "dor_v1_")},
    "shopify": {prefix: rf"{prefix}[0-9a-fA-F]{{32}}" for prefix in ("shpat_", "shpca_", "shppa_", "shpss_")},
    "grafana": {
        "glsa_": r"glsa_\w{32,}+",
        "glc_": r"glc_[A-Za-z0-9+/=]{32,}+",
        "eyJrIjoi": r"eyJrIjoi[A-Za-z0-9+/=]{40,}+",
    },
    "docker": {"dckr_": rf"dckr_[op]at_{_W}{{20,}}+", "eyJhdXRocyI6": r"eyJhdXRocyI6[A-Za-z0-9+/=]{16,}+"},
    "vendor": {
        "NRAK-": r"NRAK-[A-Z0-9]{27}",
        "ATATT3": r"ATATT3[\w=.-]{40,}+",
        "lin_api_": r"lin_api_[A-Za-z0-9]{32,}+",
        "pul-": _starting("pul-", r"[0-9a-f]{40}"),
        ".atlasv1.": r"\.atlasv1\.(?P<secret>[\w=-]{40,}+)",
        "dp.pt.": r"dp\.pt\.[A-Za-z0-9]{40,}+",
        "dt0c01.": r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{60,}+",
        "tskey-": r"tskey-[a-z]++-[A-Za-z0-9-]{16,}+",
        "pscale_": r"pscale_(?:tkn|pw|oauth)_[\w.-]{30,}+",
        "rubygems_": r"rubygems_[0-9a-f]{48}",
        "HRKU-": rf"HRKU-{_W}{{32,}}+",
        "sntrys_": r"sntrys_[\w+/=]{40,}+",
        "AGE-SECRET-KEY-1": r"AGE-SECRET-KEY-1[A-Z0-9]{50,}+",
        "EAAA": rf"EAAA[lE]{_W}{{56,}}+",
        "sq0": rf"sq0(?:atp|csp)-{_W}{{22,}}+",
        "key-": _starting("key-", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    },
}
"""By detector: letters that must be there, and the whole shape. `vendor` is of those that are seen less often."""

_ID: Final = re.compile(r"A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])")
_KEY_BESIDE_ID: Final = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])")
_BESIDE: Final = 100
"""A secret access key has no shape of its own: forty letters of base64. It is told by the id before it."""


def _vendor(name: str, shapes: dict[str, str]) -> Detector:
    patterns = [(letters.rstrip("\0"), re.compile(pattern)) for letters, pattern in shapes.items()]

    def find(page: Page) -> Iterator[Span]:
        return any_of(*(whole(pattern, page.text) for letters, pattern in patterns if page.may_hold(letters)))

    return Detector(name, find, tuple(letters for letters, _ in patterns))


def _aws() -> Detector:
    ids = _vendor("aws", SHAPES["aws"])

    def find(page: Page) -> Iterator[Span]:
        near = page.may_hold("AKIA") or page.may_hold("ASIA")
        return any_of(ids.find(page), proposed(_ID, page.text, _beside) if near else ())

    return Detector("aws", find, ids.clues)


def _beside(match: re.Match[str]) -> tuple[Span, ...]:
    text, at = match.string, match.end()
    key = _KEY_BESIDE_ID.search(text, at, end_of_line(text, at, at + _BESIDE))
    return (Span(*key.span()),) if key else ()


VENDORS: Final = (_aws(), *(_vendor(name, shapes) for name, shapes in SHAPES.items() if name != "aws"))
