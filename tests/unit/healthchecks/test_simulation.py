"""The controller's decisions over whole stories: kills between any two steps, lost answers, late watches, edits."""

from itertools import pairwise

import pytest

from kubevigil.healthchecks.reconcile import Begin, Wait
from tests.conftest import Tell

from .driver import Habits
from .making import CREATED
from .stories import Story, faults

STORIES = 200
ENOUGH = 600
"""Stories within which a bad habit shows."""

EVENTS = 300


def test_no_run_has_two_workflows_or_two_outcomes_and_no_slot_two_runs(tell: Tell) -> None:
    runs = kills = workflows = 0
    for seed in range(STORIES):
        story = Story(seed).play(EVENTS).settle()
        assert faults(story) == [], f"seed {seed}"
        runs += len(story.cluster.truth.begun)
        workflows += len(story.cluster.truth.made)
        kills += story.kills
    assert runs > 5 * STORIES
    tell(stories=STORIES, kills=kills, runs=runs, workflows=workflows)


BAD_HABITS = {
    "forgets the intent": (Habits(writes_the_intent=False), "had no slot of its own"),
    "writes over any version": (Habits(names_the_version=False), "2 outcomes"),
    "creates without a look": (Habits(looks_before_it_creates_again=False), "2 workflows"),
    "does not mind the time to live": (Habits(minds_the_time_to_live=False), "2 workflows"),
    "deletes what it has not seen": (Habits(discards_what_it_saw=False), "deleted though it had ended"),
}


@pytest.mark.parametrize("habit", BAD_HABITS)
def test_a_controller_with_a_bad_habit_is_found_out(habit: str) -> None:
    habits, fault = BAD_HABITS[habit]
    stories = (Story(seed, habits).play(EVENTS).settle() for seed in range(ENOUGH))
    assert any(fault in found for story in stories for found in faults(story))


@pytest.mark.parametrize("seed", range(10))
def test_after_all_that_each_slot_is_met_to_the_second(seed: int) -> None:
    story = Story(seed).play(EVENTS).settle()
    cluster, controller = story.cluster, story.controller
    cluster.edit(repeatAfterSec=120)
    begun = []
    for _ in range(5000):
        controller.watch_checks()
        controller.watch_workflows()
        decision = controller.step()
        if isinstance(decision, Begin):
            begun.append((cluster.now, decision.started_at))
        elif isinstance(decision, Wait):
            until = decision.until or cluster.now + 1
            idle = not controller.seen.check().status.under_way
            cluster.work(until - cluster.now if idle else 1)
            cluster.now = until if idle and until > cluster.now - 1 else cluster.now
        if len(begun) == 20:
            break
    assert len(begun) == 20
    assert all((started_at - CREATED) % 120 == 0 for _, started_at in begun[1:])
    assert {later[1] - sooner[1] for sooner, later in pairwise(begun[1:])} == {120}
