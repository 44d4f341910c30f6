"""Text that must not be shown. Printing, formatting or logging it shows a stand-in; only `reveal` tells it."""

from typing import Final

HIDDEN: Final = "***"


class Secret:
    """Wraps a text. `shown` is what anybody may see of it: `***`, or the text itself where it holds nothing secret."""

    __slots__ = ("_shown", "_text")

    def __init__(self, text: str, *, shown: str = HIDDEN) -> None:
        self._text = text
        self._shown = shown

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    @property
    def hides(self) -> bool:
        """Whether there is anything that must not be shown."""
        return self._shown != self._text

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"Secret({self._shown!r})"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not serialised")
