"""Stories of a check by a seed: what happens in which order, and what of it was wrong."""

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

from kubevigil.healthchecks import schedule
from kubevigil.healthchecks.manifest import CHECK, REMEDY
from kubevigil.healthchecks.reconcile import (
    Wait,
    wanted_from,
)
from kubevigil.healthchecks.resources import TtlStrategy
from kubevigil.healthchecks.results import has_ended
from kubevigil.healthchecks.status import status_of

from .cluster import RUNS, Cluster, run_of
from .driver import Controller, Habits, Killed
from .making import CREATED, mended, raw_spec

EDITS: list[dict[str, Any]] = [
    RUNS,
    RUNS,
    RUNS,
    {"repeatAfterSec": 7},
    {"repeatAfterSec": 300},
    {"repeatAfterSec": 0},
    {"repeatAfterSec": 0, "schedule": {"cron": "* * * * *"}},
    {"repeatAfterSec": 0, "schedule": {"cron": "@every 45s"}},
    {"repeatAfterSec": 0, "schedule": {"cron": "sometimes"}},
    {"level": "wrong"},
    {"workflow": {**raw_spec()["workflow"], "workflowtimeout": 5}},
]


REMEDIES: list[dict[str, Any]] = [
    {},
    mended(),
    mended(remedyRunsLimit=2),
    mended(remedyRunsLimit=2, remedyResetInterval=150),
    mended(remedyResetInterval=90),
]


class Story:
    """One sequence of events, by a seed. With a `remedy`, a check of that is left alone, and mostly fails."""

    def __init__(self, seed: int, habits: Habits | None = None, *, remedy: dict[str, Any] | None = None) -> None:
        self.draw = Random(seed)
        self.habits = habits or Habits()
        lives = [None, None, TtlStrategy(0), TtlStrategy(5), TtlStrategy(None, 3, 20)]
        self.cluster = Cluster(self.draw, self.draw.choice(lives))
        self.controller = Controller(self.cluster, self.habits)
        self.kills = 0
        self.alone = self.cluster.sick = remedy is not None
        self.remedy = remedy or self.draw.choice(REMEDIES)
        self.cluster.edit(**RUNS, **self.remedy)

    def play(self, events: int) -> "Story":
        happenings: list[tuple[float, Callable[[], None]]] = [
            (10, self._step),
            (5, lambda: self.controller.watch_checks()),  # noqa: PLW0108  whichever process there is
            (4, lambda: self.controller.watch_workflows()),  # noqa: PLW0108  as above
            (5, lambda: self.cluster.work(self.draw.choice([0.3, 1, 3, 10]))),
            (1, lambda: self.cluster.work(self.draw.choice([30, 60, 200]))),
            (0.4, self._restart),
        ]
        meddling: list[tuple[float, Callable[[], None]]] = [
            (0.5, self._edit),
            (0.5, self._rename),
            (0.3, lambda: self.cluster.pause(paused=self.draw.random() < 0.3)),
            (0.3, lambda: self.cluster.ask(int(self.cluster.now) + self.draw.choice([-500, -1, 0, 1, 1, 20]))),
            (0.2, self._delete),
            (0.3, self._argo),
        ]
        happenings += [] if self.alone else meddling
        weights = [weight for weight, _ in happenings]
        for _ in range(events):
            (happening,) = self.draw.choices([act for _, act in happenings], weights)
            happening()
        return self

    def settle(self) -> "Story":
        """Peace: what is under way ends, and nothing new is wanted for the moment."""
        self.cluster.argo = True
        self.controller.calm = True
        self.cluster.edit(repeatAfterSec=10_000, **self.remedy)
        self.cluster.pause(paused=False)
        for _ in range(200):
            self.controller.watch_checks()
            self.controller.watch_workflows()
            if isinstance(self.controller.step(), Wait):
                self.cluster.work(1)
        return self

    def _edit(self) -> None:
        if self.draw.random() < 0.2:
            self.remedy = self.draw.choice(REMEDIES)
        self.cluster.edit(**self.draw.choice(EDITS), **self.remedy)

    def _step(self) -> None:
        try:
            self.controller.step()
        except Killed:
            self._restart()

    def _restart(self) -> None:
        """The next process has listed everything, or has watched as a stand-by, and late."""
        self.kills += 1
        self.cluster.truth.excused |= self.controller.gone
        self.cluster.work(self.draw.choice([0.3, 2, 20]))
        late = self.controller if self.draw.random() < 0.5 else None
        self.controller = Controller(self.cluster, self.habits, old=late)

    def _rename(self) -> None:
        spec = self.cluster.current.spec
        name, namespace = self.draw.choice(["a-", "b-"]), self.draw.choice(["health", "elsewhere"])
        workflow = {**spec["workflow"], "generateName": name}
        self.cluster.edit(
            **{**spec, "workflow": {**workflow, "resource": {**workflow["resource"], "namespace": namespace}}}
        )

    def _argo(self) -> None:
        self.cluster.argo = self.draw.random() < 0.7

    def _delete(self) -> None:
        if self.cluster.workflows:
            key = self.draw.choice(sorted(self.cluster.workflows))
            run = run_of(self.cluster.workflows.pop(key))
            if key not in self.controller.workflows or run in self.controller.gone:
                self.cluster.truth.excused.add(run)
            elif self.draw.random() < 0.7:
                self.controller.watch_workflows()
            else:
                self.cluster.truth.excused.add(run)


def faults(story: Story) -> list[str]:
    """What went wrong, by the truth."""
    truth, status = story.cluster.truth, status_of(story.cluster.current.status)
    found = [
        f"{len(made)} workflows for the run of {run}: {made}"
        for run, made in truth.made.items()
        if len(made) > 1 and run not in truth.excused
    ]
    begun_runs = [(CHECK, run) for run, _ in truth.begun] or sorted(truth.made)
    begun_runs += [(REMEDY, at) for at in truth.ledger.remedies()]
    found += [
        f"{len(truth.outcomes[run])} outcomes of the run of {run}"
        for run in begun_runs
        if len(truth.outcomes[run]) != 1
    ]
    for (sooner, _), (later, check) in pairwise(truth.begun):
        plan = check.judged.spec.schedule if check.judged.spec else schedule.Never()
        slot = schedule.latest(plan, CREATED, later)
        asked = check.asked is not None and sooner < check.asked <= later
        if (slot is None or slot <= sooner) and not asked:
            found.append(f"the run of {later} had no slot of its own after that of {sooner}")
    outcomes = [outcome for (kind, _), told in truth.outcomes.items() if kind == CHECK for outcome in told]
    succeeded = sum(outcome.result == "success" for outcome in outcomes)
    if status.success_count != succeeded or status.total_runs != status.success_count + status.failed_count:
        found.append(f"{status.success_count} successes are counted, {succeeded} there were")
    outstanding = wanted_from(story.cluster.current.check(), story.cluster.now)
    if outstanding is not None and outstanding <= story.cluster.now:
        found.append(f"a run was asked for at {outstanding}, and none has begun since")
    found += truth.ledger.faults(truth.outcomes, truth.made, forgetful=story.cluster.ttl is not None)
    if truth.lost:
        found.append(f"deleted though it had ended: {truth.lost}")
    over = [workflow.metadata.name for workflow in story.cluster.workflows.values() if not has_ended(workflow)]
    if over:
        found.append(f"still running: {over}")
    return found
