"""Kubernetes' label selectors: whether one takes an object, and if not, which of its wishes is not met. Pure.

Source: Kubernetes API reference, meta/v1 LabelSelector. What an absent selector means is for its field to say.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

Labels = Mapping[str, str]


class Requirement(Struct, frozen=True):
    """One of `matchExpressions`."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def met_by(self, labels: Labels) -> bool:
        """Whether the labels are so. An operator that we do not know is met by nothing."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return False

    def __str__(self) -> str:
        values = f" ({', '.join(self.values)})" if self.values else ""
        return f"{self.key} {self.operator}{values}"


class LabelSelector(Struct, frozen=True, rename="camel"):
    """All of it must be met; one without wishes takes everything."""

    match_labels: dict[str, str] | None = None
    match_expressions: tuple[Requirement, ...] | None = None

    @property
    def takes_all(self) -> bool:
        """Whether there are no wishes."""
        return not self.match_labels and not self.match_expressions

    def unmet(self, labels: Labels) -> Iterator[str]:
        """The wishes that the labels do not meet, in words, with what is there instead."""
        for key, value in (self.match_labels or {}).items():
            if labels.get(key) != value:
                there = f", not {labels[key]}" if key in labels else ""
                yield f"{key}={value}{there}"
        for wish in self.match_expressions or ():
            if not wish.met_by(labels):
                yield str(wish)

    def missing(self, labels: Labels) -> dict[str, str]:
        """Labels with which the wishes would be met that labels can meet."""
        wanted = {key: value for key, value in (self.match_labels or {}).items() if labels.get(key) != value}
        for wish in self.match_expressions or ():
            if not wish.met_by(labels) and wish.operator in {"In", "Exists"}:
                wanted.setdefault(wish.key, wish.values[0] if wish.values else "true")
        return wanted


class Meta(Struct, frozen=True, rename="camel"):
    """The metadata of an object, as far as anybody here reads it."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    deletion_timestamp: str | None = None

    @property
    def place(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name
