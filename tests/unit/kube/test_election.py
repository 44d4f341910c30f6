"""Elections in a world that is simulated: whatever happens, no two lead, and somebody does when there is peace."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.kube.election import Election, Hold, Lease, LeaseMetadata, LeaseSpec, Look, Pause, Rhythm

from .electing import World

PEACE = 15.0 + 2 * 2.0 * 2.2 + 5.0
"""Seconds in which the lease of a dead leader is taken: it runs out, a candidate waits, looks and writes."""


def _held(identity: str | None, version: str, seconds: int | None = 15) -> Lease:
    return Lease(LeaseMetadata(version), LeaseSpec(identity, seconds, lease_transitions=3))


def _election(identity: str = "me") -> Election:
    return Election(identity, Random(1))


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 5), st.floats(0.0, 0.9))
def test_no_two_lead_whatever_the_network_loses_and_somebody_leads_when_it_is_well_again(
    seed: int, count: int, trouble: float
) -> None:
    world = World(seed, count)
    for _ in range(6):
        world.trouble = trouble
        world.run(15)
        _something_happens(world)
    world.trouble = 0.0
    world.candidates.append(world.born("late"))
    world.run(PEACE + 15)
    (leader,) = world.leaders()
    world.run(60)
    assert world.leaders() == [leader], "in peace nobody loses the lease"


def _something_happens(world: World) -> None:
    one = world.random.choice(world.candidates)
    match world.random.randrange(4):
        case 0:
            one.dead = True
        case 1:
            one.asleep = world.now + world.random.choice([3.0, 12.0, 30.0])
        case 2:
            if last := one.election.resign("now"):
                world.server.write(last)
            one.dead = True
        case _:
            world.candidates.append(world.born(f"new{world.now}"))


class _Careless(Rhythm):
    def __post_init__(self) -> None:
        pass


def test_a_candidate_that_thinks_it_leads_for_longer_than_its_lease_is_found_out() -> None:
    def found(seed: int) -> bool:
        world = World(seed, 3, _Careless(renew=40.0))
        world.trouble = 0.7
        try:
            world.run(200)
        except AssertionError:
            return True
        return False

    assert any(found(seed) for seed in range(20))


def test_the_first_one_creates_the_lease_and_renews_it_at_each_retry() -> None:
    election = _election()
    assert isinstance(election.next(100.0, "t0"), Look)
    election.saw(None, 100.0)
    first = election.next(100.0, "t0")
    assert first == Hold(
        "",
        {
            "holderIdentity": "me",
            "leaseDurationSeconds": 15,
            "renewTime": "t0",
            "acquireTime": "t0",
            "leaseTransitions": 0,
        },
    )
    election.holds(_held("me", "1"), 100.0, 100.5)
    assert election.leads(109.9)
    assert not election.leads(110.0)
    assert election.next(101.0, "t1") == Pause(1.0)
    assert election.next(102.0, "t1") == Hold(
        "1", {"holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "t1"}
    )


def test_a_lease_is_taken_when_it_stood_still_for_its_own_time_by_our_clock() -> None:
    election = _election()
    election.saw(_held("other", "7", seconds=30), 100.0)
    assert isinstance(election.next(100.0, ""), Pause)
    election.saw(_held("other", "7", seconds=30), 129.0)
    assert isinstance(election.next(129.0, ""), Pause)
    election.saw(_held("other", "7", seconds=30), 134.0)
    taken = election.next(134.0, "t")
    assert isinstance(taken, Hold)
    assert (taken.version, taken.spec["leaseTransitions"], taken.spec["acquireTime"]) == ("7", 4, "t")


def test_every_renewal_of_the_other_starts_the_time_anew() -> None:
    election = _election()
    for number in range(10):
        election.saw(_held("other", str(number)), 100.0 + 14 * number)
        assert isinstance(election.next(100.0 + 14 * number, ""), Pause)


@pytest.mark.parametrize("lease", [_held("", "7"), _held(None, "7")], ids=["empty", "absent"])
def test_a_lease_that_was_given_back_is_taken_at_once(lease: Lease) -> None:
    election = _election()
    election.saw(lease, 100.0)
    assert isinstance(election.next(100.0, ""), Hold)


@pytest.mark.parametrize("lease", [_held("other", "9"), None], ids=["another's", "gone"])
def test_a_leader_that_sees_the_lease_lost_leads_no_longer(lease: Lease | None) -> None:
    election = _election()
    election.saw(None, 100.0)
    election.holds(_held("me", "1"), 100.0, 100.0)
    election.failed(102.0)
    assert election.leads(104.0)
    election.saw(lease, 104.0)
    assert not election.leads(104.0)


def test_a_renewal_whose_answer_came_too_late_is_none() -> None:
    election = _election()
    election.saw(None, 100.0)
    election.holds(_held("me", "1"), 100.0, 111.0)
    assert not election.leads(111.0)


def test_a_leader_in_trouble_wakes_when_its_time_ends() -> None:
    election = _election()
    election.saw(None, 100.0)
    election.holds(_held("me", "1"), 100.0, 100.0)
    election.failed(109.0)
    assert election.next(109.0, "") == Pause(1.0)


def test_who_resigns_leads_no_longer_and_frees_the_lease_of_the_version_it_knows() -> None:
    election = _election()
    assert election.resign("t") is None
    election.saw(None, 100.0)
    election.holds(_held("me", "5"), 100.0, 100.0)
    last = election.resign("t")
    assert last == Hold("5", {"holderIdentity": None, "leaseDurationSeconds": 1, "renewTime": "t"})
    assert not election.leads(100.0)


def test_who_does_not_hold_the_lease_does_not_free_it() -> None:
    election = _election()
    election.saw(_held("other", "5"), 100.0)
    assert election.resign("t") is None


@pytest.mark.parametrize("values", [(10, 10, 2), (15, 2.4, 2), (15, 10, 0)], ids=str)
def test_a_rhythm_in_which_two_could_lead_or_one_has_no_second_try_is_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="a lease must hold longer"):
        Rhythm(*values)
