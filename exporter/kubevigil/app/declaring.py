"""How a setting is declared: as a field of a dataclass, with what there is to know of it, and read off that again."""

from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any, Final, NamedTuple, TypeVar

from kubevigil.app.kinds import Kind

T = TypeVar("T")

ENVIRONMENT_PREFIX: Final = "KUBEVIGIL_"


class Surroundings(NamedTuple):
    """What a default may depend on."""

    env: Mapping[str, str]
    is_terminal: bool
    """Whether stderr is a person's terminal."""


class Key(NamedTuple):
    """One setting, as its declaration says. `default_words` tells a default that depends on the surroundings."""

    name: str
    field: str
    kind: Kind[Any]
    help: str
    default: Any
    default_in: Callable[[Surroundings], Any] | None
    default_words: str

    @property
    def flag(self) -> str:
        """`--a-b-c`."""
        return "--" + self.field.replace("_", "-")

    @property
    def variable(self) -> str:
        """`KUBEVIGIL_A_B_C`."""
        return ENVIRONMENT_PREFIX + self.field.upper()


def key(
    kind: Kind[T],
    help_: str,
    default: T,
    *,
    group: str = "",
    default_in: Callable[[Surroundings], T] | None = None,
    default_words: str = "",
) -> T:
    """Declares a setting. `group` is the part of its key before the dot."""
    declared = {"kind": kind, "help": help_, "group": group, "default_in": default_in, "default_words": default_words}
    return field(default=default, metadata=declared)


def declared_in(settings: type) -> Mapping[str, Key]:
    """The settings that a dataclass declares, by their keys, in the order of their declaration."""
    keys = {}
    for item in fields(settings):
        told = item.metadata
        group = told["group"]
        name = f"{group}.{item.name.removeprefix(group + '_')}" if group else item.name
        keys[name] = Key(
            name, item.name, told["kind"], told["help"], item.default, told["default_in"], told["default_words"]
        )
    return keys
