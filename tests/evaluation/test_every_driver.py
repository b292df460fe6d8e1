"""What every driver of the folder keeps, and that the two bound the scale."""

import pytest

from evaluation import drivers
from evaluation.benchmark import PolicySpec
from evaluation.metric import make_metric
from evaluation.record import record
from evaluation.registry import find_class, list_names
from simulator.errors import LiquidlaneError
from simulator.world import Group
from tests.evaluation.kinematic_world import KinematicWorld

DRIVERS = list_names(drivers)
ROADS = ("generated:11", "generated:12")


@pytest.mark.parametrize("name", DRIVERS)
def test_it_drives_to_the_end_again_and_again(name: str) -> None:
    policy = PolicySpec(name).load()
    assert find_class(drivers, name, "driver").looks in (True, False)
    world = KinematicWorld(length=100)
    first, again = (
        record(policy, world, Group(ROADS), name=name, condition="clear", seed=0, world_seed=1) for _ in range(2)
    )
    for one, other in zip(first, again, strict=True):
        assert one.ended == "finished"
        assert (one.offset == other.offset).all()


def test_straight_needs_help_and_the_expert_does_not() -> None:
    world, completed = KinematicWorld(), make_metric("completed")
    straight, expert = (
        record(PolicySpec(name).load(), world, Group(ROADS), name=name, condition="clear", seed=0, world_seed=1)
        for name in ("straight", "expert")
    )
    assert [completed.score(episode) for episode in straight] == [0, 0]
    assert [completed.score(episode) for episode in expert] == [100, 100]


def test_a_wrong_name_is_corrected() -> None:
    with pytest.raises(LiquidlaneError, match="did you mean 'straight'"):
        PolicySpec("straigt").load()
