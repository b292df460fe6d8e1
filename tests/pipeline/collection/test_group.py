"""What a recorder makes of a drive with an intervention in it."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.collection.collect import CollectUnit, NoiseConfig
from pipeline.collection.group import RoadRecorder
from pipeline.drives.drive import Drive
from simulator.camera import Camera
from simulator.rollout import RolloutStep
from simulator.world import CarState, Control, LanePose, Moment, Observation
from simulator.world_config import WorldConfig

CAMERA = Camera.from_fov(8, 4, 1.5)
LANE = LanePose(0.1, 0.0, 0.01, 3.5, np.column_stack([np.arange(40.0), np.zeros(40)]))


def make_step(number: int, *, intervention: bool = False) -> RolloutStep:
    time = number * 0.05
    seen = Observation(np.full((4, 8, 3), number, np.uint8), 8.0, time)
    state = CarState((8 * time, 0.1), 0.0, 8.0, 8 * time, 0.01, 8.0)
    return RolloutStep(Moment(time, [seen], [LANE], [state], [None]), [Control(0.01)], [intervention], None)


def test_each_piece_has_its_own_clock_and_says_when_it_began(tmp_path: Path) -> None:
    unit = CollectUnit("bc", "training", WorldConfig(), ("generated:1",), 0, 100, NoiseConfig(), "pursuit")
    recorder = RoadRecorder(unit, tmp_path, 0)
    for number in range(60):
        recorder.record(make_step(number, intervention=number == 20), CAMERA)
    recorder.finish()
    first, second = (Drive.open(folder) for folder in sorted(tmp_path.iterdir()))
    assert (len(first), len(second)) == (20, 39)
    for drive, begin in ((first, 0.0), (second, 1.05)):
        assert drive.timestamp == pytest.approx(np.arange(len(drive)) * 0.05, abs=1e-9)
        assert drive.facts["start"] == pytest.approx(begin, abs=1e-6)
