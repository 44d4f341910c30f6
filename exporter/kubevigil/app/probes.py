"""The pages that answer without a password: to who has none they name the checks and how they are, and no more.

Details are words of errors, and what is in an error is not known beforehand.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from kubevigil.app.routes import Check, Checks
from kubevigil.web.exchange import Request, Response, Route

OPEN_PATHS: Final = ("/healthz", "/readyz")
"""What a kubelet asks, which has no password."""


def without_details(checks: Checks) -> Checks:
    """The same checks with empty details."""

    def bare() -> Iterator[Check]:
        return (Check(check.name, check.ok, "") for check in checks())

    return bare


def by_sign_in(full: Mapping[str, Route], bare: Mapping[str, Route]) -> Mapping[str, Route]:
    """All routes of `full`; on the open paths those of `bare` for who is not signed in."""
    return {**full, **{path: _either(full[path], bare[path]) for path in OPEN_PATHS}}


def _either(full: Route, bare: Route) -> Route:
    def answer(request: Request) -> Response:
        return full(request) if request.signed_in else bare(request)

    return answer
