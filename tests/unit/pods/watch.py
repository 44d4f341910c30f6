"""One scope's watch, as a test drives it."""

from kubevigil.metrics.blocks import Snapshot
from kubevigil.model.pod import Pod
from kubevigil.pods.families import FAMILIES
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Item
from kubevigil.pods.selection import Selection


class Watch:
    """An intake and what it passed on."""

    def __init__(self, selection: Selection | None = None, *, always_info: bool = False) -> None:
        self.items: list[Item] = []
        self.intake = Intake(
            "",
            selection=selection or Selection(),
            always_info=always_info,
            pass_on=self.items.append,
            wall=lambda: 0.0,
        )
        self._last: Snapshot = ((),) * len(FAMILIES)

    def listed(self, *pods: Pod) -> "Watch":
        self.intake.sync_started()
        self.intake.page(pods)
        self.intake.sync_finished("1")
        return self

    def text(self) -> str:
        self._last = self.intake.snapshot() or self._last
        return b"".join(text for family in self._last for text in family).decode()
