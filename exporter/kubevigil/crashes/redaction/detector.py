"""What a detector is: a name, and a function that finds in a text the places that must not be shown."""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct


class Span(NamedTuple):
    """The characters of a text from `start` up to, not including, `end`."""

    start: int
    end: int


class Page:
    """A text to be searched, and the same in small letters, made when somebody asks for it.

    `clues` are the clues that it holds, as far as somebody has looked; None if nobody has.
    """

    def __init__(self, text: str, clues: Collection[str] | None = None) -> None:
        self.text = text
        self._clues = clues

    @cached_property
    def lowered(self) -> str:
        """The text in small letters; what stands at a place stands at the same place here."""
        # U+0130 is the one character that becomes two.
        return self.text.replace("\u0130", "i").lower()

    def may_hold(self, clue: str) -> bool:
        """False only if the text is known not to hold the clue, in whatever case."""
        return self._clues is None or clue in self._clues


class Detector(Struct, frozen=True):
    """`find` tells every place; places may overlap and may be told in any order. `name` goes into the text and metric.

    `clues` are all the clues that `find` asks the page for.
    """

    name: str
    find: Callable[[Page], Iterable[Span]]
    clues: tuple[str, ...] = ()
