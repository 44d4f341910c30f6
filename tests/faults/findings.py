"""What every audit finds."""

from msgspec import Struct, field


class Findings(Struct, kw_only=True):
    """What is lost, what is there more than once, and what is false: each a difference in words."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    @property
    def counted(self) -> dict[str, int]:
        """How many of each, for what a test tells."""
        return {"lost": len(self.lost), "doubled": len(self.doubled), "wrong": len(self.wrong)}

    def __str__(self) -> str:
        return "\n".join([*self.lost, *self.doubled, *self.wrong]) or "nothing lost, nothing doubled, nothing wrong"
