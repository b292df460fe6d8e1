"""The official client records, asks and replays; and logs of CARLA's own, where a folder of recordings has some."""

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.embedded.recorder.info import tell_log
from simulator.embedded.recorder.layout import Packet
from simulator.embedded.recorder.queries import tell_blocked
from simulator.embedded.recorder.reading import Log
from tests.simulator.embedded.conftest import RunningServer

REAL = Path(os.environ.get("LIQUIDLANE_DRIVES", "/nowhere")) / "carla_recorder"


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, Path]]:
    folder = tmp_path_factory.mktemp("server") / "logs"
    server = RunningServer("--logs", str(folder))
    yield server, folder
    log = server.end()
    assert "Traceback" not in log, log


@pytest.fixture(scope="module")
def told(recorder: tuple[RunningServer, Path]) -> dict[str, Any]:
    return recorder[0].play("recorder.tells", "told.log")


@pytest.fixture(scope="module")
def replayed(recorder: tuple[RunningServer, Path]) -> dict[str, Any]:
    return recorder[0].play("recorder.replays", "replayed.log")


def test_log_lies_in_the_servers_folder(told: dict[str, Any], recorder: tuple[RunningServer, Path]) -> None:
    assert told["path"] == str(recorder[1] / "told.log")
    assert (recorder[1] / "told.log").read_bytes()[2:18] == b"\x0e\x00CARLA_RECORDER"
    assert told["by_path"] == told["some"]
    assert told["missing"] == f"File {recorder[1] / 'nothing.log'} not found on server\n"


def test_text_is_laid_out_as_carlas(told: dict[str, Any]) -> None:
    """As in CARLA's Docs/adv_recorder.md, and as the log parser of its scenario_runner takes it apart."""
    lines = told["some"].split("\n")
    assert lines[:2] == ["Version: 1", "Map: Ring"]
    assert re.fullmatch(r"Date: \d\d/\d\d/\d\d \d\d:\d\d:\d\d", lines[2])
    assert lines[3:5] == ["", "Frame 1 at 0 seconds"]
    hero, other, late = (told["ids"][name] for name in ("hero", "other", "late"))
    assert f" Create {hero}: vehicle.tesla.model3 (1) at (" in told["some"]
    assert "\n  role_name = hero\n" in told["some"]
    assert f"\nFrame 21 at 1 seconds\n Create {late}: vehicle.nissan.micra (1) at (" in told["some"]
    assert f"\nFrame 41 at 2 seconds\n Destroy {other}\n" in told["some"]
    assert told["some"].endswith("\n\nFrames: 60\nDuration: 2.95 seconds\n")
    assert told["some"].count("\nFrame ") == 3
    assert told["all"].count("\nFrame ") == 60


def test_text_of_everything_holds_the_states(told: dict[str, Any]) -> None:
    hero, other = told["ids"]["hero"], told["ids"]["other"]
    frame = told["all"].split("\nFrame 31 at ")[1].split("\nFrame ")[0]
    assert frame.startswith("1.5 seconds\n")
    x, y, z, roll, pitch, yaw = told["seen"]["hero"][30]
    found = re.search(rf"  Id: {hero} Location: \((.*?), (.*?), (.*?)\) Rotation: \((.*?), (.*?), (.*?)\)\n", frame)
    assert found is not None
    numbers = [float(text) for text in found.groups()]
    assert numbers == pytest.approx([100 * x, 100 * y, 100 * z, roll, pitch, yaw], abs=0.06)
    assert f"  Id: {hero} Steering: -0.15 Throttle: 0.7 Brake: 0 Handbrake: 0 Gear: 1\n" in frame
    assert f"  Id: {other} LowBeam Brake\n" in frame
    assert " State traffic lights: 0\n Vehicle animations: 3\n" in frame
    assert "\n Dynamic actors: 3\n" in frame
    assert "\n   torque_curve = (0, 420) (4800, 420)" in told["all"]
    assert "\n    gear 0: ratio 1 down_ratio " in told["all"]
    assert "\n    wheel 3: tire_friction " in told["all"]


def test_who_stood_still_comes_longest_first(told: dict[str, Any]) -> None:
    rows = told["blocked"].split("Duration\n")[1].split("\n\n")[0].splitlines()
    assert [int(row.split()[1]) for row in rows][:2] == [told["ids"]["hero"] - 1, told["ids"]["late"]]
    assert rows[1] == f"       1 {told['ids']['late']:6d} {'vehicle.nissan.micra':35} {2:10d}"


def test_replay_puts_the_cars_where_they_were(replayed: dict[str, Any]) -> None:
    for name, first in (("hero", 1), ("other", 1)):
        again = replayed["again"][name]
        assert len(again) > 35
        for was, now in zip(replayed["seen"][name][first:], again, strict=False):
            assert math.dist(was[:3], now[:3]) < 0.05
            assert abs(math.remainder(was[5] - now[5], 360)) < 0.1
    moved = math.dist(replayed["seen"]["hero"][0][:3], replayed["again"]["hero"][-1][:3])
    assert moved > 8.0  # it is a drive that was replayed


def test_replay_brings_on_the_same_actors(replayed: dict[str, Any]) -> None:
    assert "Replaying from 0 s - 2.95 s (2.95 s) at 1.0x\n" in replayed["said"]
    assert (replayed["color"], replayed["role"]) == ("9,8,7", "hero")
    assert replayed["lights"] == 10
    assert replayed["steer"] == pytest.approx(-0.15)
    assert replayed["late"] == 1
    assert replayed["gone"]
    assert all(a < b for a, b in zip(replayed["speeds"][5:], replayed["speeds"][6:], strict=False))


def test_after_a_replay_the_cars_stand_and_can_be_driven(replayed: dict[str, Any]) -> None:
    assert replayed["stands"] == pytest.approx(0.0, abs=0.1)
    assert replayed["drives"] > 2.0


def test_what_can_be_wished_of_a_replay(recorder: tuple[RunningServer, Path]) -> None:
    seen = recorder[0].play("recorder.wishes", "wishes.log", timeout=120)
    was = seen["recorded"]
    assert seen["middle"] == pytest.approx(was[21], abs=0.02)
    assert seen["from_end"] == pytest.approx(was[40], abs=0.02)
    assert seen["fast"] == pytest.approx(was[2], abs=0.02)
    assert seen["slow"] == pytest.approx([(a + b) / 2 for a, b in zip(was[0], was[1], strict=True)], abs=0.02)
    assert seen["short"] == pytest.approx(was[10], abs=0.02)
    assert seen["ignored"]
    assert seen["camera"] == pytest.approx(math.hypot(10, 5), abs=0.5)
    assert seen["kept"]
    assert seen["removed"]
    assert seen["other_map"]
    assert "Loading map Ring" in seen["map_said"]
    assert seen["map_back"]


def test_collisions_are_told(recorder: tuple[RunningServer, Path]) -> None:
    seen = recorder[0].play("recorder.collisions", "hits.log")
    row = f"v v  {seen['hero']:6d} {'vehicle.tesla.model3':35} {seen['first']:6d} {'vehicle.nissan.micra':35}\n"
    assert seen["any"].count(row) >= 1
    assert f"    Time  Types     Id {'Actor 1':35}     Id {'Actor 2':35}\n" in seen["any"]
    assert seen["heroes"].count(row) == seen["any"].count(row)
    assert row not in seen["walkers"]
    assert re.search(rf"\n Collision id 0 between {seen['hero']} \(hero\)  with {seen['first']}\n", seen["info"])


def test_no_name_leads_out_of_the_folder(recorder: tuple[RunningServer, Path], tmp_path: Path) -> None:
    server, folder = recorder
    outside = tmp_path / "outside.log"
    outside.write_bytes(b"mine")
    folder.mkdir(exist_ok=True)
    (folder / "link_kept.log").symlink_to(outside)
    names = (str(outside), f"../{outside.name}", "..", "", "a\nb", "x" * 300, "link_kept.log")
    said = server.play("recorder.refused", *names)
    assert len(said) > 15
    for what, answer in said.items():
        assert answer.startswith("error: "), f"{what}: {answer}"
        assert "folder of logs" in answer or "is no name for a log" in answer
    assert outside.read_bytes() == b"mine"


def test_damaged_logs_are_named_to_the_client(recorder: tuple[RunningServer, Path], told: dict[str, Any]) -> None:
    server, folder = recorder
    whole = (folder / "told.log").read_bytes()
    (folder / "cut_kept.log").write_bytes(whole[: len(whole) // 2])
    (folder / "text_kept.log").write_text("this is a text")
    said = server.play("recorder.refused", "cut_kept.log", "text_kept.log")
    assert re.search(r"cut_kept.log is cut off within frame \d+, at byte", said["info cut_kept.log"])
    assert said["replay cut_kept.log"] == said["info cut_kept.log"]
    assert said["info text_kept.log"] == "File is not a CARLA recorder\n"
    assert "is not a CARLA recorder's log" in said["replay text_kept.log"]


@pytest.mark.parametrize("name", ["DistanceBetweenVehicles", "DistanceToLaneCenter"])
def test_logs_of_a_real_server_are_read(name: str) -> None:
    """Those of CARLA's scenario_runner (srunner/metrics/data), recorded on Town01 with additional data."""
    path = REAL / f"{name}.log"
    if not path.is_file():
        pytest.skip("no recorder logs of a real CARLA are at hand")
    frames, duration, hero = {
        "DistanceBetweenVehicles": (847, "24.7237", 174),
        "DistanceToLaneCenter": (432, "12.5282", 234),
    }[name]
    text = tell_log(path, everything=True)
    assert text.startswith("Version: 1\nMap: Town01\nDate: 11/23/21 ")
    assert text.endswith(f"\nFrames: {frames}\nDuration: {duration} seconds\n")
    assert f" Create {hero}: vehicle.lincoln.mkz_2017 (1) at (" in text
    assert "\n   torque_curve = (1000, 347) (1500, 523)" in text
    assert "spectator" in tell_blocked(path, 3.0, 100.0)
    with Log(path) as log:
        sizes = {kind for frame in log.frames() for kind, _ in frame.packets}
    assert {Packet.KINEMATICS, Packet.PHYSICS_CONTROL, Packet.STATE} <= sizes
