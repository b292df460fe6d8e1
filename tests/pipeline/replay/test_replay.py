"""A recorded drive driven again: what is seen beside the way is what a camera there would have seen."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.drives.drive import Drive, DriveWriter, Frame, encode_jpeg
from pipeline.ingestion.ingest import IngestConfig, ingest
from pipeline.replay.world import HEADING_LIMIT, OFFSET_LIMIT, ReplayWorld
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from simulator.expert import Expert
from simulator.rollout import RolloutStep, rollout
from simulator.world import Control, Group, LanePose, Observation
from tests.pipeline.drawn_drives import CAMERA, PERIOD, draw_road

DRIVES = Path(os.environ.get("LIQUIDLANE_DRIVES", Path(__file__).parents[4] / "shared" / "drives"))
SPEED = 10.0


def record(folder: Path, curvature: float = 0.01, frames: int = 100, standing: int = 0) -> Drive:
    """Record a car on a bright line of constant curvature; before it starts it stands for some frames."""
    with DriveWriter(folder, name="d", recording="r", source="test", camera=CAMERA, facts={}) as writer:
        jpeg = encode_jpeg(draw_road(0.0, curvature))
        for index in range(standing + frames):
            speed = SPEED if index >= standing else 0.0
            writer.append(Frame(index * PERIOD, speed, curvature, curvature, jpeg, None))
        return writer.finish()


class Follower:
    """Steers towards the bright line a few metres ahead: all that it knows is the picture."""

    neurons = None

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        self.row = 45

    def forget(self, car: int) -> None:
        pass

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        (seen,) = observations
        if seen is None:
            return [Control(0.0)]
        bright = np.flatnonzero(seen.image[self.row].min(axis=1) > 150)
        ground = np.linalg.inv(CAMERA.ground_to_image()) @ (bright.mean(), self.row, 1.0)
        forward, left = ground[:2] / ground[2]
        return [Control(2 * left / (forward**2 + left**2))]


class Fixed:
    """Commands one curvature, or the recorded way."""

    neurons = None

    def __init__(self, curvature: float | None) -> None:
        self.curvature = curvature

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        pass

    def forget(self, car: int) -> None:
        pass

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        return [Control(self.curvature)]


def drive(world: ReplayWorld, policy: object) -> list[RolloutStep]:
    return list(rollout(policy, world, Group(("d",)), 0))  # type: ignore[arg-type]


def test_the_recorded_way_is_driven_in_the_recorded_time(tmp_path: Path) -> None:
    steps = drive(ReplayWorld(record(tmp_path / "d")), Fixed(None))
    last = steps[-1].moment
    assert last.ended == ["finished"]
    assert last.timestamp == pytest.approx(99 * PERIOD)
    assert last.cars[0].distance == pytest.approx(SPEED * 99 * PERIOD, abs=1e-6)
    assert all(abs(step.moment.lanes[0].offset) < 1e-9 for step in steps)
    assert {round(step.moment.cars[0].executed, 9) for step in steps[1:]} == {0.01}


def test_the_way_is_the_circle_that_was_steered(tmp_path: Path) -> None:
    line = ReplayWorld(record(tmp_path / "d", 0.02)).route(0)
    assert np.hypot(line[:, 0], line[:, 1] - 50.0) == pytest.approx(50.0, abs=1e-6)
    assert line[-1, 1] > 0  # left is positive


@pytest.mark.parametrize("offset", [-1.4, -0.6, 0.6, 1.4])
def test_the_view_from_the_side_is_what_a_camera_there_would_see(tmp_path: Path, offset: float) -> None:
    """The oracle draws the line anew as seen from there, by formula and not by moving pixels."""
    world = ReplayWorld(record(tmp_path / "d", 0.005))
    moment = world.reset(Group(("d",)), 0)
    for turn in (1, -1):  # 10 m to one side, 10 m to the other: beside the way, and along it
        for _ in range(20):
            moment = world.step([Control(0.005 + turn * offset / 100)])
    seen = moment.observations[0]
    assert seen is not None
    assert moment.lanes[0].offset == pytest.approx(offset, abs=0.05)
    at = moment.lanes[0].offset
    expected = draw_road(at, 0.005)
    here, there = ((picture[50:74].min(axis=2) > 150) for picture in (seen.image, expected))
    centre = [float(np.nonzero(lit)[1].mean()) for lit in (here, there)]
    wrong = float(np.nonzero(draw_road(0.0, 0.005)[50:74].min(axis=2) > 150)[1].mean())
    turned = CAMERA.fx * moment.lanes[0].heading
    assert abs(centre[0] - turned - centre[1]) < 0.1 * abs(wrong - centre[1])


def test_between_two_pictures_the_road_comes_nearer(tmp_path: Path) -> None:
    """A bar across the road, 24 m ahead of the start; at 2 s the camera fails for 0.3 s."""

    def draw(distance: float) -> np.ndarray:  # type: ignore[type-arg]
        near, far = (CAMERA.project(np.array([[x, 0.0, 0.0]]))[0, 1] for x in (distance, distance + 1.0))
        rows = np.arange(CAMERA.height, dtype=float)[:, None, None]
        return np.broadcast_to(np.where((rows <= near) & (rows >= far), 240, 60), (CAMERA.height, CAMERA.width, 3))

    with DriveWriter(tmp_path / "d", name="d", recording="r", source="t", camera=CAMERA, facts={}) as writer:
        for time in [*np.arange(0, 1.01, PERIOD), *np.arange(1.35, 3, PERIOD)]:
            jpeg = encode_jpeg(draw(24.0 - SPEED * time).astype(np.uint8))
            writer.append(Frame(float(time), SPEED, 0.0, 0.0, jpeg, None))
    steps = drive(ReplayWorld(Drive.open(tmp_path / "d")), Fixed(None))
    for step in steps[20:27]:
        seen = step.moment.observations[0]
        assert seen is not None
        bar = np.flatnonzero(seen.image[:, 100].min(axis=1) > 150).mean()
        distance = 24.0 - step.moment.cars[0].distance
        expected = np.flatnonzero(draw(distance)[:, 100].min(axis=1) > 150).mean()
        assert bar == pytest.approx(expected, abs=1.0)


def test_a_driver_that_sees_finishes_and_a_blind_one_departs(tmp_path: Path) -> None:
    world = ReplayWorld(record(tmp_path / "d", 0.01, frames=200))
    seeing, blind = drive(world, Follower()), drive(world, Fixed(0.0))
    assert seeing[-1].moment.ended == ["finished"]
    assert max(abs(step.moment.lanes[0].offset) for step in seeing) < 0.3
    assert blind[-1].moment.ended == ["departed"]
    assert not any(any(step.interventions) for step in blind)
    lane = blind[-1].moment.lanes[0]
    assert OFFSET_LIMIT < abs(lane.offset) < 2 * OFFSET_LIMIT or HEADING_LIMIT < abs(lane.heading) < 2 * HEADING_LIMIT
    assert blind[-1].moment.observations == [None]


def test_a_mirrored_recording_is_driven_mirrored(tmp_path: Path) -> None:
    left, right = (
        drive(ReplayWorld(record(tmp_path / name, curvature)), Follower())
        for name, curvature in (("left", 0.01), ("right", -0.01))
    )
    offsets = [np.array([step.moment.lanes[0].offset for step in steps]) for steps in (left, right)]
    assert np.abs(offsets[0]).max() > 0.01
    assert offsets[0] == pytest.approx(-offsets[1], abs=0.05)


def test_standstill_is_passed_over(tmp_path: Path) -> None:
    steps = drive(ReplayWorld(record(tmp_path / "d", standing=30)), Fixed(None))
    assert steps[-1].moment.ended == ["finished"]
    assert steps[-1].moment.timestamp == pytest.approx(99 * PERIOD, abs=2 * PERIOD)


def test_what_can_not_be_driven_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(LiquidlaneError, match=r"d, frames 0 to 10: the car went 4\.5 m"):
        ReplayWorld(record(tmp_path / "short", frames=10))
    with DriveWriter(tmp_path / "gap", name="g", recording="r", source="t", camera=CAMERA, facts={}) as writer:
        for index in range(60):
            pause = 2.0 if index > 30 else 0.0
            writer.append(Frame(index * PERIOD + pause, SPEED, 0.0, 0.0, encode_jpeg(draw_road(0, 0)), None))
    with pytest.raises(LiquidlaneError, match=r"2\.05 s and 20\.5 m lie between two pictures at 1\.50 s"):
        ReplayWorld(Drive.open(tmp_path / "gap"))
    world = ReplayWorld(record(tmp_path / "d"))
    with pytest.raises(LiquidlaneError, match="can't drive generated:1"):
        world.reset(Group(("generated:1",)), 0)


def press_keys(folder: Path, rate: float, sharp: float) -> Drive:
    """Record a car whose driver taps a key: full steering for a third of a second, then none for two thirds."""
    with DriveWriter(folder, name="d", recording="r", source="test", camera=CAMERA, facts={}) as writer:
        jpeg = encode_jpeg(draw_road(0.0, 0.0))
        for index in range(round(20 * rate)):
            time = index / rate
            bend = sharp if time % 1 < 1 / 3 else 0.0
            bend *= 1 if time % 8 < 4 else -1
            writer.append(Frame(time, SPEED, bend, bend, jpeg, None))
        return writer.finish()


def test_steering_with_keys_becomes_a_way_that_can_be_driven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 6 Hz a tap turns the car by 11 degrees a frame; the expert keeps the averaged way, and not that one."""
    recorded = press_keys(tmp_path / "d", 6.0, 0.12)
    world = ReplayWorld(recorded)
    assert world.smoothing == 1.2
    assert drive(world, Expert())[-1].moment.ended == ["finished"]
    averaged = world._driven
    assert np.degrees(np.abs(averaged.askew).max()) < 10
    assert np.abs(averaged.aside).max() < 1
    monkeypatch.setattr("pipeline.replay.path.WINDOWS", ())
    sharp = ReplayWorld(recorded)
    assert sharp.smoothing == 0
    assert drive(sharp, Expert())[-1].moment.ended == ["departed"]
    # the pictures stay where they were taken: averaged way and difference make up the recorded one, turned as a whole
    way = sharp._driven.path
    raw = np.array([way.pose_at(float(place))[:3] for place in sharp._driven.place])
    poses = np.array([averaged.path.pose_at(float(place))[:3] for place in averaged.place])
    x = poses[:, 0] - averaged.aside * np.sin(poses[:, 2])
    y = poses[:, 1] + averaged.aside * np.cos(poses[:, 2])
    heading = poses[:, 2] + averaged.askew
    turned = float(np.mean(heading - raw[:, 2]))
    np.testing.assert_allclose(heading - turned, raw[:, 2], atol=0.01)
    cosine, sine = np.cos(-turned), np.sin(-turned)
    back = np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)
    np.testing.assert_allclose(np.diff(back, axis=0), np.diff(raw[:, :2], axis=0), atol=0.1)
    assert np.abs(back - back.mean(0) - raw[:, :2] + raw[:, :2].mean(0)).max() < 2, "of 200 m: corners are cut"


def test_steering_that_can_be_driven_is_left_as_it_is(tmp_path: Path) -> None:
    driven = ReplayWorld(press_keys(tmp_path / "d", 20.0, 0.05))._driven
    assert driven.smoothing == 0
    assert not driven.aside.any()
    assert not driven.askew.any()


@pytest.mark.skipif(not DRIVES.is_dir(), reason=f"no recorded drives in {DRIVES}; set LIQUIDLANE_DRIVES")
def test_the_expert_keeps_most_of_a_real_recording_with_keys(tmp_path: Path) -> None:
    """10 pieces can be driven; without averaging the expert leaves 7 of them."""
    summary = ingest(IngestConfig(folders=(str(DRIVES / "udsim_msh8261"),)), tmp_path / "out")
    worlds = []
    for name in summary.drives:
        with contextlib.suppress(LiquidlaneError):
            worlds.append(ReplayWorld(Drive.open(tmp_path / "out" / name)))
    assert len(worlds) == 10
    ends = [list(rollout(Expert(), world, Group((world.name,)), 0))[-1].moment.ended for world in worlds]
    assert ends.count(["finished"]) >= 8
    assert {world.smoothing for world in worlds} == {0.4, 0.6, 0.8, 1.2}


@pytest.mark.skipif(not DRIVES.is_dir(), reason=f"no recorded drives in {DRIVES}; set LIQUIDLANE_DRIVES")
def test_a_real_recording_can_be_driven(tmp_path: Path) -> None:
    """The recorded way is driven whole; who never steers departs; the expert keeps a way without sharp keys."""
    summary = ingest(IngestConfig(folders=(str(DRIVES / "udsim_msh8261"),)), tmp_path / "out")
    drives = [Drive.open(tmp_path / "out" / name) for name in summary.drives]
    longest = max(drives, key=len)
    world = ReplayWorld(longest)
    recorded = list(rollout(Fixed(None), world, Group((longest.name,)), 0))
    assert recorded[-1].moment.ended == ["finished"]
    moving = longest.timestamp[longest.speed > 0.5]
    assert recorded[-1].moment.timestamp == pytest.approx(moving[-1] - moving[0], rel=0.1)
    straight = list(rollout(Fixed(0.0), world, Group((longest.name,)), 0))
    assert straight[-1].moment.ended == ["departed"]
    gentle = ReplayWorld(next(drive for drive in drives if drive.name.endswith("006")))
    assert list(rollout(Expert(), gentle, Group((gentle.name,)), 0))[-1].moment.ended == ["finished"]
