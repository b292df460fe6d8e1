"""Films hold what was driven: PyAV decodes them again."""

import io

import av
import numpy as np
import pytest

from evaluation.condition import ConditionedPolicy, make_condition
from evaluation.drivers.expert import Expert
from evaluation.drivers.straight import Straight
from evaluation.video import encode, film
from simulator.world import Group
from tests.evaluation.kinematic_world import KinematicWorld

ROAD = Group(("generated:2",))


def decode(film_bytes: bytes) -> tuple[list[np.ndarray], float]:
    with av.open(io.BytesIO(film_bytes)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)], float(stream.average_rate)


def test_a_film_shows_each_frame_of_the_drive_enlarged() -> None:
    world = KinematicWorld(length=60)
    frames, rate = decode(film(Expert(), world, ROAD, 0, seconds=3.0))
    assert (len(frames), rate) == (60, 20)
    assert frames[0].shape == (48 * 6 + 56, 600, 3)
    seen = world.reset(ROAD, 0).observations[0]
    assert seen is not None
    shrunk = frames[0][56:].reshape(48, 6, 100, 6, 3).mean(axis=(1, 3))
    assert np.abs(shrunk[8:] - seen.image[8:]).mean() < 8


def test_it_ends_with_the_road_and_is_the_same_each_time() -> None:
    world = KinematicWorld(length=30)
    first, again = (film(Expert(), world, ROAD, 0, seconds=60.0) for _ in range(2))
    assert first == again
    assert len(decode(first)[0]) == pytest.approx(60, abs=2)


def test_an_intervention_has_a_red_border() -> None:
    frames, _ = decode(film(Straight(), KinematicWorld(), ROAD, 0, seconds=7.0))
    corner = np.array([frame[60, 4].astype(int) for frame in frames])
    red = (corner[:, 0] > 150) & (corner[:, 1] < 120)
    assert red.any() and not red[:20].any() and not red.all()


def test_under_a_condition_it_shows_what_the_driver_saw_and_stays_small() -> None:
    world = KinematicWorld()
    noisy = ConditionedPolicy(Expert(), make_condition("noise"), ROAD.roads, 0, "noise")
    clear_film, noisy_film = (film(policy, world, ROAD, 0, seconds=2.5) for policy in (Expert(), noisy))
    sky = slice(90, 140)
    clear, shown = (decode(each)[0][30][sky].astype(float).std(axis=(0, 1)) for each in (clear_film, noisy_film))
    assert (clear < 10).all() and (shown > 20).all()
    assert len(noisy_film) < 400_000


def test_lost_frames_repeat_the_picture_before() -> None:
    world = KinematicWorld(length=60)
    world.lost_frames.update({(frame, 0) for frame in range(10, 15)})
    assert len(decode(film(Expert(), world, ROAD, 0, seconds=2.0))[0]) == 40


def test_nothing_can_not_be_filmed() -> None:
    with pytest.raises(ValueError, match="no frame"):
        encode([], 20)
