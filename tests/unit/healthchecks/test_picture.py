"""What is remembered of checks and their workflows, in which order it is shown, and what is forgotten."""

from typing import Any

import pytest

from kubevigil.healthchecks.manifest import CHECK, CHECK_LABEL, PART_LABEL, REMEDY, RUN_LABEL, run_name
from kubevigil.healthchecks.picture import Picture, Run
from kubevigil.healthchecks.reconcile import Check, Sight
from kubevigil.healthchecks.resources import (
    HealthCheckObject,
    Meta,
    WorkflowObject,
    WorkflowObjectSpec,
    WorkflowObjectStatus,
)
from kubevigil.healthchecks.status import stamp

from .making import CREATED, UID, raw_spec, spec_of

RUN = Run(UID, CREATED)


def name_of(run: int) -> str:
    return run_name(spec_of().workflow, UID, run)


def shown(version: int, generation: int = 1, **status: Any) -> HealthCheckObject:
    meta = Meta("hello", UID, "health", str(version), generation, stamp(CREATED))
    return HealthCheckObject(meta, raw_spec(), status)


def begun(version: int = 1, at: int = CREATED) -> HealthCheckObject:
    return shown(version, startedAt=stamp(at))


def ended(version: int, at: int = CREATED, **more: Any) -> HealthCheckObject:
    return shown(version, startedAt=stamp(at), finishedAt=stamp(at + 5), **more)


def workflow(phase: str = "", run: int = CREATED, **more: Any) -> WorkflowObject:
    labels = {CHECK_LABEL: UID, RUN_LABEL: str(run), PART_LABEL: CHECK}
    ends = stamp(run + 4) if phase == "Succeeded" else None
    status = WorkflowObjectStatus(phase, "", stamp(run), ends)
    return WorkflowObject(
        Meta(**{"name": name_of(run), "uid": "w", "labels": labels, **more}), WorkflowObjectSpec(), status
    )


class Seen:
    """A picture, and who was touched."""

    def __init__(self, *checks: HealthCheckObject) -> None:
        self.touched: list[str] = []
        self.picture = Picture(self.touched.append)
        for item in checks:
            self.picture.put_check(item)
        self.touched.clear()

    @property
    def check(self) -> Check:
        check = self.picture.check(UID)
        assert check is not None
        return check

    @property
    def sight(self) -> Sight:
        return self.picture.sight(self.check)


def test_an_older_version_changes_nothing_and_touches_nobody() -> None:
    seen = Seen(begun(9))
    seen.picture.put_check(shown(8))
    seen.picture.put_check(begun(9))
    assert seen.check.status.under_way
    assert seen.touched == []
    seen.picture.put_check(ended(10))
    assert seen.touched == [UID]


def test_a_spec_is_read_again_when_its_generation_changes_and_not_before() -> None:
    seen = Seen(begun(1))
    judged = seen.check.judged
    seen.picture.put_check(ended(2))
    assert seen.check.judged is judged
    seen.picture.put_check(shown(3, generation=2))
    assert seen.check.judged is not judged


def test_what_was_created_is_awaited_until_it_is_shown() -> None:
    seen = Seen(begun())
    seen.picture.trying(RUN)
    seen.picture.expect(RUN)
    assert seen.sight == Sight(expected=True, certain=False)
    assert seen.picture.expected() == {RUN}
    seen.picture.put_workflow(workflow("Running"))
    assert seen.sight == Sight(workflow("Running"), certain=False)
    assert seen.picture.expected() == frozenset()


def test_a_look_past_the_watch_ends_the_waiting_for_what_is_never_shown() -> None:
    seen = Seen(begun())
    seen.picture.expect(RUN)
    seen.picture.looked(RUN, [])
    assert seen.sight == Sight(certain=True)


def test_a_result_that_was_not_written_yet_outlives_its_workflow() -> None:
    seen = Seen(begun())
    seen.picture.put_workflow(workflow("Failed"))
    seen.picture.drop_workflow(RUN)
    assert seen.sight == Sight(workflow("Failed"), gone=True, certain=False)
    seen.picture.put_check(ended(2))
    assert seen.sight == Sight(certain=False)


@pytest.mark.parametrize("first", ["check", "workflow"])
def test_of_runs_that_are_over_only_what_still_runs_is_kept(first: str) -> None:
    seen = Seen(*([ended(1, CREATED + 60)] if first == "check" else []))
    for run, phase in ((CREATED, "Succeeded"), (CREATED + 20, ""), (CREATED + 40, "Error"), (CREATED + 60, "Failed")):
        seen.picture.put_workflow(workflow(phase, run))
    seen.picture.put_check(ended(2, CREATED + 60))
    assert seen.sight == Sight(None, certain=False, earlier=((CREATED + 20, workflow("", CREATED + 20)),))
    seen.picture.drop_workflow(Run(UID, CREATED + 20))
    assert seen.sight == Sight(certain=False)


def test_the_deletion_of_what_is_over_touches_nobody_and_leaves_nothing() -> None:
    seen = Seen(ended(1))
    for _ in range(2):
        seen.picture.put_workflow(workflow("Succeeded"))
        seen.picture.drop_workflow(RUN)
    assert seen.touched == []
    assert seen.sight == Sight(certain=False)


def test_a_workflow_may_be_shown_before_its_check_and_after_it_is_gone() -> None:
    seen = Seen()
    seen.picture.put_workflow(workflow("Running"))
    seen.picture.put_check(begun())
    assert seen.sight.workflow == workflow("Running")
    seen.picture.drop_check(UID)
    seen.picture.drop_workflow(RUN)
    seen.picture.put_check(begun())
    assert seen.sight == Sight(certain=False)


def test_one_that_is_dismissed_is_seen_again_when_it_is_shown_again() -> None:
    seen = Seen(ended(1))
    seen.picture.put_workflow(workflow("Running"))
    seen.picture.dismiss(RUN)
    assert seen.sight.workflow is None
    seen.picture.put_workflow(workflow("Running"))
    assert seen.sight.workflow == workflow("Running")


@pytest.mark.parametrize("second", ["", "x", "-1", "1" * 13])
def test_a_workflow_whose_labels_name_no_run_is_passed_by(second: str) -> None:
    seen = Seen(begun())
    labels = {CHECK_LABEL: UID, RUN_LABEL: second, PART_LABEL: CHECK}
    seen.picture.put_workflow(workflow("Running", labels=labels))
    assert seen.touched == []


def test_what_a_person_submits_once_more_has_our_labels_and_is_not_taken_for_the_run() -> None:
    seen = Seen(begun())
    seen.picture.put_workflow(workflow("Running"))
    seen.picture.put_workflow(workflow("Failed", name=f"{name_of(CREATED)}-x7k2p"))
    assert seen.sight.workflow == workflow("Running")


def test_a_run_keeps_its_workflow_when_an_edit_changes_what_names_begin_with() -> None:
    seen = Seen(begun())
    seen.picture.put_workflow(workflow("Running", name="other-" + name_of(CREATED)[-10:]))
    assert seen.sight.workflow is not None


def test_the_last_success_is_that_of_the_workflow_which_the_status_names() -> None:
    seen = Seen(ended(1, CREATED + 120, status="Failed", lastSuccessfulWorkflow=name_of(CREATED + 60)))
    assert seen.picture.last_success(seen.check) is None
    seen.picture.put_workflow(workflow("Succeeded", CREATED + 60))
    seen.picture.put_workflow(workflow("Succeeded", CREATED))
    assert seen.picture.last_success(seen.check) == CREATED + 64
    seen.picture.put_check(ended(2, CREATED + 180, lastSuccessfulWorkflow="another"))
    assert seen.picture.last_success(seen.check) is None


def remedy(phase: str = "", run: int = CREATED) -> WorkflowObject:
    labels = {CHECK_LABEL: UID, RUN_LABEL: str(run), PART_LABEL: REMEDY}
    return workflow(phase, run, name=run_name(spec_of().workflow, UID, run, REMEDY), labels=labels)


def answered(version: int, **more: Any) -> HealthCheckObject:
    return ended(version, CREATED - 5, status="Failed", remedyTriggeredAt=stamp(CREATED), **more)


def test_a_remedy_and_a_run_of_one_second_are_two() -> None:
    seen = Seen(answered(1))
    seen.picture.put_workflow(workflow("Succeeded"))
    seen.picture.put_workflow(remedy("Running"))
    assert seen.sight.remedy == Sight(remedy("Running"), certain=False)
    assert seen.sight.workflow is None
    seen.picture.put_workflow(workflow("Running", name=remedy().metadata.name))
    assert seen.sight.workflow is None, "its name is that of the remedy"


def test_nothing_is_looked_for_where_no_remedy_ever_ran() -> None:
    assert Seen(ended(1)).sight.remedy is None


def test_a_remedy_is_awaited_and_told_gone_and_forgotten_as_a_run_is() -> None:
    run = Run(UID, CREATED, REMEDY)
    seen = Seen(answered(1))
    seen.picture.began(seen.check, REMEDY)
    assert seen.sight.remedy == Sight(untried=True, certain=False)
    seen.picture.trying(run)
    seen.picture.expect(run)
    assert seen.sight.remedy == Sight(expected=True, certain=False)
    assert seen.picture.expected() == {run}
    seen.picture.put_workflow(remedy("Running"))
    seen.picture.drop_workflow(run)
    assert seen.sight.remedy == Sight(gone=True, certain=False)
    assert seen.touched == [UID, UID]
    seen.picture.put_check(answered(2, remedyFinishedAt=stamp(CREATED + 1)))
    assert seen.sight.remedy == Sight(certain=False)


def test_a_remedy_that_is_over_leaves_nothing_and_one_that_still_runs_stays_to_be_discarded() -> None:
    seen = Seen(answered(1, remedyFinishedAt=stamp(CREATED + 9)))
    seen.picture.put_workflow(remedy("Succeeded"))
    assert seen.sight.remedy == Sight(certain=False)
    seen.picture.put_workflow(remedy("Running"))
    seen.picture.put_workflow(remedy("", CREATED - 60))
    assert seen.sight.remedy == Sight(
        remedy("Running"), certain=False, earlier=((CREATED - 60, remedy("", CREATED - 60)),)
    )
    seen.picture.dismiss(Run(UID, CREATED, REMEDY))
    assert seen.sight.remedy is not None
    assert seen.sight.remedy.workflow is None


def test_a_remedy_that_succeeded_is_no_success_of_the_check() -> None:
    seen = Seen(ended(1, lastSuccessfulWorkflow=remedy().metadata.name))
    seen.picture.put_workflow(remedy("Succeeded"))
    assert seen.picture.last_success(seen.check) is None
