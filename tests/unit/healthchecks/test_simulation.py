"""The controller's decisions over whole stories: kills between any two steps, lost answers, late watches, edits.

Of remedies too: never more than the limit allows until their count begins anew, none doubled, none lost.
"""

from itertools import pairwise

import pytest

from kubevigil.healthchecks.reconcile import Begin, Wait
from tests.conftest import Tell

from .driver import Habits
from .making import CREATED, mended
from .stories import Story, faults

STORIES = 200
ENOUGH = 600
"""Stories within which a bad habit shows."""

EVENTS = 300


def test_no_run_and_no_remedy_is_doubled_or_lost_and_no_slot_has_two_runs(tell: Tell) -> None:
    runs = kills = workflows = remedies = 0
    for seed in range(STORIES):
        story = Story(seed).play(EVENTS).settle()
        assert faults(story) == [], f"seed {seed}"
        runs += len(story.cluster.truth.begun)
        workflows += len(story.cluster.truth.made)
        remedies += len(story.cluster.truth.ledger.remedies())
        kills += story.kills
    assert runs > 5 * STORIES
    assert remedies > STORIES
    tell(stories=STORIES, kills=kills, runs=runs, workflows=workflows, remedies=remedies)


KILLS = 200


def test_over_two_hundred_kills_a_remedy_runs_no_oftener_than_its_limit_within_the_interval(tell: Tell) -> None:
    limit, interval = 2, 150
    story = Story(7, remedy=mended(remedyRunsLimit=limit, remedyResetInterval=interval))
    while story.kills < KILLS:
        story.play(EVENTS)
    assert faults(story.settle()) == []
    ledger = story.cluster.truth.ledger
    since: list[int] = []
    for entry in ledger.entries:
        if entry.after.success_count > entry.check.status.success_count:
            since = []
        if (began := entry.remedy_began) is not None:
            since = [*since, began]
            assert len([at for at in since if at > began - interval]) <= limit
    assert len(ledger.remedies()) > KILLS / 10
    tell(kills=story.kills, runs=len(story.cluster.truth.begun), remedies=len(ledger.remedies()))


BAD_HABITS = {
    "forgets the intent": (Habits(writes_the_intent=False), "had no slot of its own"),
    "writes over any version": (Habits(names_the_version=False), "2 outcomes"),
    "creates without a look": (Habits(looks_before_it_creates_again=False), "2 workflows"),
    "does not mind the time to live": (Habits(minds_the_time_to_live=False), "2 workflows"),
    "deletes what it has not seen": (Habits(discards_what_it_saw=False), "deleted though it had ended"),
    "answers a failure by a second write": (Habits(answers_in_the_same_write=False), "was not answered"),
    "counts remedies when they end": (Habits(counts_remedies_when_they_begin=False), "began though 2 of 2 had run"),
    "counts remedies in its memory": (Habits(reads_the_count_in_the_status=False), "began though 2 of 2 had run"),
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
    on_time = begun[2:]  # the first catches up, and may go on beyond the slot of the second
    assert all((started_at - CREATED) % 120 == 0 for _, started_at in on_time)
    assert {later[1] - sooner[1] for sooner, later in pairwise(on_time)} == {120}
